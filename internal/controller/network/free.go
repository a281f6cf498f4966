package network

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	errListNetworks = "cannot list the Networks of a prefix"

	// onItsWay is how long an allocate of somebody else may take from a prefix
	// to the network that has it, and more: a whole one was measured to take 12
	// to 35 ms.
	onItsWay = 250 * time.Millisecond
)

// Free a network that nothing uses any more. metal-api releases one prefix after
// the other and cannot resume: freed too early, a dual-stack network is
// half-freed for ever.
func (k *Kind) Free(ctx context.Context, s metal.Stack, _ *v1alpha1.Network, n *metal.Network) error {
	return freeUnused(ctx, s, n)
}

// freeUnused is the last look and the free.
func freeUnused(ctx context.Context, s metal.Networks, n *metal.Network) error {
	if err := unused(ctx, s, n); err != nil {
		return err
	}
	// metal-api takes a prefix before it writes the network that gets it. Was
	// this one half-freed, and can be read again because its prefix was given
	// away just now, then the other network is seen a moment later. With one
	// prefix it cannot have been.
	if len(n.Prefixes) > 1 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(onItsWay):
		}
		if err := unused(ctx, s, n); err != nil {
			return err
		}
	}
	err := s.FreeNetwork(ctx, n.ID)
	if metal.KindOf(err) == metal.Conflict {
		return &controller.WaitError{For: err.Error()}
	}
	return err
}

// unused says whether a network can be freed, now.
func unused(ctx context.Context, s metal.Networks, n *metal.Network) error {
	use, err := s.NetworkUse(ctx, n)
	if err != nil {
		return err
	}
	if text := inUse(n.ID, use); text != "" {
		return &controller.WaitError{For: text}
	}
	return nil
}

// inUse says what keeps a network from being freed.
func inUse(id string, use *metal.NetworkUse) string {
	if text := shared(id, use.SharedPrefixes); text != "" {
		return text
	}
	var words []string
	if n := len(use.Machines); n > 0 {
		words = append(words, fmt.Sprintf("%s still allocated in it (%s)", count(n, "machine is", "machines are"), whose(use.Machines)))
	}
	if n := len(use.IPs); n > 0 {
		words = append(words, fmt.Sprintf("%s still allocated in it (%s)", count(n, "IP is", "IPs are"), whose(use.IPs)))
	}
	if len(words) > 0 {
		return fmt.Sprintf("network %s: %s; free what is not needed any more", id, strings.Join(words, " and "))
	}
	for _, family := range slices.Sorted(maps.Keys(use.LeakedIPs)) {
		if n := int(use.LeakedIPs[family]); n > 0 {
			words = append(words, fmt.Sprintf("%s taken in IPAM that no IP holds", count(n, string(family)+" address is", string(family)+" addresses are")))
		}
	}
	if len(words) > 0 {
		return fmt.Sprintf("network %s: %s; if this lasts longer than a minute, they have leaked, and who runs the metal-stack must release them in go-ipam: to free the network now would break it", id, strings.Join(words, " and "))
	}
	return ""
}

// shared says that prefixes of a network are another's as well, and who lost them.
func shared(id string, prefixes []metal.SharedPrefix) string {
	for _, p := range prefixes {
		if p.Older {
			return fmt.Sprintf("network %s: its prefix %s is that of network %s of project %s as well, which was half-freed. To free this one would break all lists of networks: "+
				"who runs the metal-stack must take the prefix out of the row of network %s in metal-db, then this one can be freed", id, p.Prefix, p.NetworkID, p.ProjectID, p.NetworkID)
		}
	}
	if len(prefixes) > 0 {
		p := prefixes[0]
		return fmt.Sprintf("network %s was half-freed, and metal-stack gave its prefix %s to network %s of project %s. To free it would take the prefix from that one: "+
			"who runs the metal-stack must take the prefix out of this network's row in metal-db, then it can be freed", id, p.Prefix, p.NetworkID, p.ProjectID)
	}
	return ""
}

// whose are machines or IPs: their ids, each project's in turn.
func whose(uses []metal.Use) string {
	ids := map[string][]string{}
	for _, u := range uses {
		ids[u.ProjectID] = append(ids[u.ProjectID], u.ID)
	}
	var words []string
	for _, project := range slices.Sorted(maps.Keys(ids)) {
		of := "unknown project"
		if project != "" {
			of = "project " + project
		}
		words = append(words, fmt.Sprintf("%s of %s", strings.Join(ids[project], ", "), of))
	}
	return strings.Join(words, "; ")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
