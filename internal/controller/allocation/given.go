package allocation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A Desk gives each address to one machine at a time: metal-api gives it to
// whoever asks. The one process that works sees all who ask through it.
type Desk struct {
	mu    sync.Mutex
	given map[item]bool
}

// An item that is given: several metal-stacks may have the same address.
type item struct{ stack, address string }

// NewDesk for all who give addresses.
func NewDesk() *Desk { return &Desk{given: map[item]bool{}} }

// take addresses until they are given back; an address that is being given to
// another machine is returned instead.
func (d *Desk) take(stack string, addresses []string) (back func(), busy string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range addresses {
		if d.given[item{stack, a}] {
			return nil, a
		}
	}
	for _, a := range addresses {
		d.given[item{stack, a}] = true
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, a := range addresses {
			delete(d.given, item{stack, a})
		}
	}, ""
}

// giving wraps an allocate of a machine with given addresses: from the last look
// at them on they are its own, or shared with one other machine.
func (d *Desk) giving(s metal.Stack, p *v1alpha1.AllocationParameters, shares string, allocate func(context.Context) (*metal.Machine, error)) func(context.Context) (*metal.Machine, error) {
	ips := addresses(p)
	if len(ips) == 0 {
		return allocate
	}
	return func(ctx context.Context) (*metal.Machine, error) {
		back, busy := d.take(s.Address(), ips)
		if busy != "" {
			return nil, metal.Refuse(toAllocate, "IP "+busy+" is being given to another machine at this moment")
		}
		defer back()
		text, err := given(ctx, s, p, shares)
		switch {
		case err != nil:
			return nil, metal.Refuse(toAllocate, err.Error())
		case text != "":
			return nil, metal.Refuse(toAllocate, text)
		default:
			return allocate(ctx)
		}
	}
}

// given addresses are there, and free for the machine, or it is said why not.
// metal-api looks at them when it has taken a machine. One machine may have them as well.
func given(ctx context.Context, s metal.Stack, p *v1alpha1.AllocationParameters, shares string) (string, error) {
	for _, n := range p.Networks {
		for _, address := range n.IPs {
			ip, err := s.IP(ctx, string(address))
			if err != nil {
				return "", err
			}
			if text := unfree(p, *n.NetworkID, string(address), ip, shares); text != "" {
				return text, nil
			}
		}
	}
	return "", nil
}

// halfGiven says of which network addresses are given of one family and not of the
// other, without a word that this is wanted: metal-api takes none by itself then.
func halfGiven(p *v1alpha1.AllocationParameters, joins []metal.Network) string {
	for i := range joins {
		n := &p.Networks[i]
		if len(n.IPs) == 0 {
			continue
		}
		given, wants, has := canonical.Families(n.IPs), n.AddressFamilies, canonical.Families(joins[i].Prefixes)
		if len(wants) == 0 {
			wants = has
		}
		if slices.Equal(given, wants) {
			continue
		}
		return fmt.Sprintf("networks[%s] has given addresses of %s and wants %s of network %s: where addresses are given metal-api takes none by itself, in no family; name one of each in ips, or set addressFamilies: [%s]",
			n.Name, words(given), words(wants), joins[i].ID, words(given))
	}
	return ""
}

func words(families []v1alpha1.AddressFamily) string {
	return strings.Join(canonical.Strings(families), ", ")
}

// unfree says why a machine cannot have an address in a network, which it may share with
// one other machine.
func unfree(p *v1alpha1.AllocationParameters, network, address string, ip *metal.IP, shares string) string {
	switch {
	case ip == nil:
		return fmt.Sprintf("there is no IP %s: have it allocated in network %s, or name another one or none", address, network)
	case ip.ProjectID != p.ProjectID:
		return fmt.Sprintf("IP %s is of project %s, and the machine of %s: name one of its own project", address, ip.ProjectID, p.ProjectID)
	case ip.NetworkID != network:
		return fmt.Sprintf("IP %s is in network %s, and named beside network %s", address, ip.NetworkID, network)
	case len(ip.Services) > 0:
		return fmt.Sprintf("IP %s is that of a service in a cluster: name another one", address)
	case slices.ContainsFunc(ip.Machines, func(id string) bool { return id != shares }):
		return fmt.Sprintf("IP %s is that of machine %s: free that first, or name another one", address, strings.Join(ip.Machines, ", "))
	default:
		return ""
	}
}
