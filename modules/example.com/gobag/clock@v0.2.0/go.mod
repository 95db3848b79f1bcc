module example.com/gobag/clock

go 1.21
