module example.com/gobag/wisdom

go 1.21

require example.com/gobag/dice v0.0.0-20261103091500-5eedfaceb0de
