// Package greet greets people by the part of the day.
package greet

import "strings"

// Part is a part of the day. The zero Part is [Any].
type Part int

// The parts of the day.
const (
	Any Part = iota // some time or other
	Morning
	Afternoon
	Evening
)

// At returns the part of the day that an hour from 0 to 23 belongs to.
// Any other hour belongs to [Any].
func At(hour int) Part {
	switch {
	case hour < 0 || hour > 23:
		return Any
	case hour < 5 || hour >= 18:
		return Evening
	case hour < 12:
		return Morning
	default:
		return Afternoon
	}
}

// To greets name as one does in this part of the day.
// Without a name it greets the world.
func (p Part) To(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		name = "world"
	}
	return p.String() + ", " + name + "!"
}

// String returns the greeting alone, such as "Good morning".
func (p Part) String() string {
	switch p {
	case Morning:
		return "Good morning"
	case Afternoon:
		return "Good afternoon"
	case Evening:
		return "Good evening"
	default:
		return "Hello"
	}
}
