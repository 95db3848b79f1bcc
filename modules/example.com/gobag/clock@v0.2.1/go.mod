module example.com/gobag/clock

go 1.21

retract v0.2.0 // Hour knows no afternoon.
