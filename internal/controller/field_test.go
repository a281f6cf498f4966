package controller

import (
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

func TestFieldDiffers(t *testing.T) {
	t.Parallel()
	asked := &memory.Asked{Fixed: map[string]string{"size": memory.Digest("a")}}
	cases := map[string]struct {
		reason string
		f      Field
		asked  *memory.Asked
		want   bool
	}{
		"Same":          {"what is seen is what the spec says", Field{Name: "size", Says: "a", Is: "a", Seen: true}, asked, false},
		"Fits":          {"or stands for it", Field{Name: "size", Says: "b", Is: "a", Seen: true, Fits: true}, asked, false},
		"Reality":       {"what is counts more than what was asked for", Field{Name: "size", Says: "b", Is: "b", Seen: true}, asked, false},
		"Changed":       {"changed in the spec, or outside", Field{Name: "size", Says: "b", Is: "a", Seen: true}, asked, true},
		"Removed":       {"what was asked for is left out", Field{Name: "size", Is: "a", Seen: true}, asked, true},
		"LeftOut":       {"what was not asked for is left out", Field{Name: "size", Is: "a", Seen: true}, &memory.Asked{}, false},
		"Import":        {"nothing is remembered", Field{Name: "size", Is: "a", Seen: true}, nil, false},
		"Unseen":        {"compared with what was asked for", Field{Name: "size", Says: "a"}, asked, false},
		"UnseenChanged": {"if metal-api does not tell", Field{Name: "size", Says: "b"}, asked, true},
		"UnseenAdded":   {"added", Field{Name: "other", Says: "b"}, asked, true},
		"Default":       {"what is left out stands for a default", Field{Name: "size", Default: "a"}, asked, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.f.Differs(tc.asked); got != tc.want {
				t.Errorf("%s: want %t, got %t", tc.reason, tc.want, got)
			}
		})
	}
}
