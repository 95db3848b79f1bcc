module example.com/gobag/hello

go 1.21

require (
	example.com/gobag/ASCII v1.0.0
	example.com/gobag/clock v0.2.1
	example.com/gobag/greet/v2 v2.0.0
	example.com/gobag/wisdom v1.0.0
)

require example.com/gobag/dice v0.0.0-20261103091500-5eedfaceb0de // indirect
