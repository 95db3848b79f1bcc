// Package greet says hello.
package greet

import "strings"

// Hello greets name. Without a name it greets the world.
func Hello(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		name = "world"
	}
	return "Hello, " + name + "!"
}
