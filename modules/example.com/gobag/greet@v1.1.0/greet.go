// Package greet says hello.
//
// Deprecated: use [example.com/gobag/greet/v2], to which this version forwards.
package greet

import "example.com/gobag/greet/v2"

// Hello greets name. Without a name it greets the world.
func Hello(name string) string {
	return greet.Any.To(name)
}
