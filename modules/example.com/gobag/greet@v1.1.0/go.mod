// Deprecated: use example.com/gobag/greet/v2, which knows the time of day.
module example.com/gobag/greet

go 1.21

require example.com/gobag/greet/v2 v2.0.0
