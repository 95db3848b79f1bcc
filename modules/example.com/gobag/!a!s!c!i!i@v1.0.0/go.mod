module example.com/gobag/ASCII

go 1.21
