package network

import (
	"context"
	"errors"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// uses of a network, one look after the other, and whether it was freed.
type uses struct {
	metal.Networks

	looks []metal.NetworkUse
	freed bool
}

func (u *uses) NetworkUse(context.Context, *metal.Network) (*metal.NetworkUse, error) {
	now := u.looks[0]
	u.looks = u.looks[1:]
	return &now, nil
}

func (u *uses) FreeNetwork(context.Context, string) error {
	u.freed = true
	return nil
}

// A prefix that was given away a moment ago has no other network yet: it is
// looked for a second time, where there may have been a first half of a free.
func TestFreeUnused(t *testing.T) {
	t.Parallel()
	nothing, given := metal.NetworkUse{}, metal.NetworkUse{SharedPrefixes: []metal.SharedPrefix{{Prefix: "10.0.4.0/22", NetworkID: "b"}}}
	one, two := []string{"10.0.4.0/22"}, []string{"10.0.4.0/22", "2001:db8:0:10::/96"}
	cases := map[string]struct {
		reason   string
		prefixes []string
		looks    []metal.NetworkUse
		freed    bool
	}{
		"OnePrefix":   {"cannot have been half-freed", one, []metal.NetworkUse{nothing}, true},
		"TwoPrefixes": {"nobody has either", two, []metal.NetworkUse{nothing, nothing}, true},
		"Given":       {"somebody has one", two, []metal.NetworkUse{given}, false},
		"OnItsWay":    {"somebody is getting one", two, []metal.NetworkUse{nothing, given}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := &uses{looks: tc.looks}
			err := freeUnused(t.Context(), u, &metal.Network{ID: "a", Prefixes: tc.prefixes})
			var wait *controller.WaitError
			if u.freed != tc.freed || tc.freed != (err == nil) || !tc.freed && !errors.As(err, &wait) {
				t.Errorf("%s: freed %t, want %t, error %v", tc.reason, u.freed, tc.freed, err)
			}
			if len(u.looks) > 0 {
				t.Errorf("%s: %d looks are left", tc.reason, len(u.looks))
			}
		})
	}
}

func TestFreeEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	u := &uses{looks: []metal.NetworkUse{{}}}
	if err := freeUnused(ctx, u, &metal.Network{ID: "a", Prefixes: []string{"1", "2"}}); !errors.Is(err, context.Canceled) || u.freed {
		t.Errorf("freed %t, error %v", u.freed, err)
	}
}
