module example.com/gobag/greet/v2

go 1.21
