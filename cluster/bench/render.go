package bench

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Markers of a page, between which the tables are.
const (
	begin = "<!-- begin of what make bench writes -->\n"
	end   = "<!-- end of what make bench writes -->\n"
)

// Render tables and plot of the figures that there are.
func Render(o Options) error {
	r, err := Read(o.JSON)
	if err != nil {
		return err
	}
	page, err := os.ReadFile(o.Page)
	if err != nil {
		return fmt.Errorf("cannot read the page of the tables: %w", err)
	}
	text, err := between(string(page), r.markdown())
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.Page, []byte(text), 0o600); err != nil {
		return fmt.Errorf("cannot write the page of the tables: %w", err)
	}
	if err := os.WriteFile(o.Plot, []byte(r.svg()), 0o600); err != nil {
		return fmt.Errorf("cannot write the plot: %w", err)
	}
	return nil
}

// between the markers of a page is the text instead of what was there.
func between(page, text string) (string, error) {
	before, rest, begins := strings.Cut(page, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", errors.New("cannot find the markers of the tables in the page")
	}
	return before + begin + text + end + after, nil
}
