package canonical_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
)

func TestSpelling(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2001:DB8:0:113::5": "2001:db8:0:113::5", "2001:db8:0:0:0:0:0:1": "2001:db8::1", "::ffff:10.0.0.1": "10.0.0.1", "203.0.113.1": "203.0.113.1", "nope": "nope", "": "",
	} {
		if got := canonical.Address(in); got != want {
			t.Errorf("address %q: want %q, got %q", in, want, got)
		}
	}
	for in, want := range map[string]string{"10.1.2.3/8": "10.0.0.0/8", "2001:DB8::1/32": "2001:db8::/32", "nope": "nope"} {
		if got := canonical.Prefix(in); got != want {
			t.Errorf("prefix %q: want %q, got %q", in, want, got)
		}
	}
}

func TestEmptyIsAbsent(t *testing.T) {
	t.Parallel()
	if got := canonical.Set([]string{}); got != nil {
		t.Errorf("want no set, got %v", got)
	}
	if got := canonical.List([]string{}, canonical.Address[string]); got != nil {
		t.Errorf("want no list, got %v", got)
	}
	if canonical.Text(new("")) != nil || canonical.Text(nil) != nil || *canonical.Text(new("a")) != "a" {
		t.Error("want no text that is empty")
	}
	if diff := cmp.Diff([]string{"a", "b"}, canonical.Set([]string{"b", "a", "b"})); diff != "" {
		t.Errorf("want it sorted, each once:\n%s", diff)
	}
}
