module example.com/gobag/greet

go 1.21
