// Package clock reads hours out of what people write.
package clock

import (
	"fmt"
	"strconv"
	"strings"
)

// Hour returns the hour of a time of day such as "9:30" or "17".
func Hour(s string) (int, error) {
	digits, _, _ := strings.Cut(strings.TrimSpace(s), ":")
	hour, err := strconv.Atoi(digits)
	if err != nil || hour < 0 || hour > 23 {
		return 0, fmt.Errorf("clock: %q is no time of day", s)
	}
	return hour, nil
}
