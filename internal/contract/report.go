package contract

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A Reporter prints a line for each row, and the counts at the end.
type Reporter struct {
	out    io.Writer
	counts map[Outcome]int
}

// NewReporter returns a Reporter that prints to out.
func NewReporter(out io.Writer) *Reporter {
	return &Reporter{out: out, counts: map[Outcome]int{}}
}

// Row prints the outcome of a row, and below it what was wanted and got if it failed.
func (r *Reporter) Row(result Result) {
	r.counts[result.Outcome]++

	line := fmt.Sprintf("%-4s [%s] %s", result.Outcome, result.Row.Class, result.Row.Name)
	switch result.Outcome {
	case Passed:
		r.printf("%-130s %8s\n", line, result.Took.Round(time.Millisecond))
	case Skipped:
		r.printf("%s: %s\n", line, result.Reason)
	case Failed:
		r.printf("%-130s %8s\n     %s\n", line, result.Took.Round(time.Millisecond), strings.ReplaceAll(result.Reason, "\n", "\n     "))
	}
}

// Counts prints how many rows passed, failed and were skipped.
func (r *Reporter) Counts() {
	r.printf("%d passed, %d failed, %d skipped\n", r.counts[Passed], r.counts[Failed], r.counts[Skipped])
}

// printf ignores errors of the writer: a report that nobody can read changes no outcome.
func (r *Reporter) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, format, args...)
}
