// Hello greets whoever it is told to greet, and adds some wisdom.
//
// Usage:
//
//	hello [-at 9:30] [name]
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	ascii "example.com/gobag/ASCII"
	"example.com/gobag/clock"
	"example.com/gobag/greet/v2"
	"example.com/gobag/wisdom"
)

func main() {
	at := flag.String("at", time.Now().Format("15:04"), "greet as one does at this `time`")
	flag.Parse()
	hour, err := clock.Hour(*at)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	name := strings.Join(flag.Args(), " ")
	fmt.Print(ascii.Box(greet.At(hour).To(name), wisdom.For(name)))
}
