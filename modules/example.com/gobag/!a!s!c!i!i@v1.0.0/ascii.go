// Package ascii draws with letters. Its module path has capitals, so that
// its folder and its URLs are written with exclamation marks.
package ascii

import (
	"strings"
	"unicode/utf8"
)

// Box returns lines with a frame around them, ending in a newline.
func Box(lines ...string) string {
	width := 0
	for _, line := range lines {
		width = max(width, utf8.RuneCountInString(line))
	}
	edge := "+" + strings.Repeat("-", width+2) + "+\n"
	var b strings.Builder
	b.WriteString(edge)
	for _, line := range lines {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(line))
		b.WriteString("| " + line + pad + " |\n")
	}
	b.WriteString(edge)
	return b.String()
}
