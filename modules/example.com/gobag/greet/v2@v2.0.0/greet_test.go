package greet_test

import (
	"fmt"
	"testing"

	"example.com/gobag/greet/v2"
)

func ExamplePart_To() {
	fmt.Println(greet.At(9).To("gopher"))
	fmt.Println(greet.Any.To(""))
	// Output:
	// Good morning, gopher!
	// Hello, world!
}

func TestAt(t *testing.T) {
	for hour, want := range map[int]greet.Part{
		-1: greet.Any,
		0:  greet.Evening,
		4:  greet.Evening,
		5:  greet.Morning,
		12: greet.Afternoon,
		18: greet.Evening,
		24: greet.Any,
	} {
		if got := greet.At(hour); got != want {
			t.Errorf("At(%d) = %v, want %v", hour, got, want)
		}
	}
}
