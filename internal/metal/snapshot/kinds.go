package snapshot

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A kind is what is particular of networks, or machines.
type kind[O any] struct {
	name Kind
	noun string

	// role of an object, by the kind of managed resource that it is made for.
	role func(o *O) Kind

	// found all with some marks.
	find func(ctx context.Context, s metal.Stack, marks map[string]string) ([]O, error)

	id      func(o *O) string
	marks   func(o *O) metal.Marks
	carries func(o *O, marks map[string]string) bool

	// clone shares no memory with its original.
	clone func(o *O) *O

	// essence of an object: without what moves by itself, and nobody looks at.
	essence func(o O) O
}

// same is true if a managed resource would see no difference.
func (k kind[O]) same(a, b *O) bool { return reflect.DeepEqual(k.essence(*a), k.essence(*b)) }

func ofNetworks() kind[metal.Network] {
	return kind[metal.Network]{
		name: Networks,
		noun: "network",
		role: func(*metal.Network) Kind { return Networks },
		find: func(ctx context.Context, s metal.Stack, marks map[string]string) ([]metal.Network, error) {
			return s.NetworksMarked(ctx, marks)
		},
		id:    func(n *metal.Network) string { return n.ID },
		marks: func(n *metal.Network) metal.Marks { return n.Marks },
		carries: func(n *metal.Network, marks map[string]string) bool {
			for k, v := range marks {
				if n.Labels[k] != v {
					return false
				}
			}
			return true
		},
		clone: cloneNetwork,
		essence: func(n metal.Network) metal.Network {
			// Addresses come and go with machines, and are counted anew before a
			// free. The answer to an allocate has a time that is not rounded yet.
			n.UsedIPs, n.Created = nil, time.Time{}
			if len(n.Labels) == 0 {
				n.Labels = nil
			}
			n.Prefixes, n.DestinationPrefixes = list(n.Prefixes), list(n.DestinationPrefixes)
			return n
		},
	}
}

func ofMachines() kind[metal.Machine] {
	return kind[metal.Machine]{
		name: Machines,
		noun: "machine",
		role: func(m *metal.Machine) Kind {
			if m.Role == metal.MachineRoleFirewall {
				return Firewalls
			}
			return Machines
		},
		find: func(ctx context.Context, s metal.Stack, marks map[string]string) ([]metal.Machine, error) {
			return s.MachinesMarked(ctx, marks)
		},
		id:      func(f *metal.Machine) string { return f.ID },
		marks:   func(f *metal.Machine) metal.Marks { return f.Marks },
		carries: func(f *metal.Machine, marks map[string]string) bool { return tagged(f.Tags, marks) },
		clone:   cloneMachine,
		essence: func(f metal.Machine) metal.Machine {
			// The time of the last event is one of the log's: it stands still while
			// an event repeats, and tells one of this allocation from earlier ones.
			f.Created, f.LastEventTime = time.Time{}, f.LastEventTime.UTC()
			f.Tags, f.SSHPublicKeys = list(f.Tags), list(f.SSHPublicKeys)
			f.DNSServers, f.NTPServers = list(f.DNSServers), list(f.NTPServers)
			return f
		},
	}
}

func ofIPs() kind[metal.IP] {
	return kind[metal.IP]{
		name: IPs,
		noun: "IP",
		role: func(*metal.IP) Kind { return IPs },
		find: func(ctx context.Context, s metal.Stack, marks map[string]string) ([]metal.IP, error) {
			return s.IPsMarked(ctx, marks)
		},
		id:      func(i *metal.IP) string { return i.Address },
		marks:   func(i *metal.IP) metal.Marks { return i.Marks },
		carries: func(i *metal.IP, marks map[string]string) bool { return tagged(i.Tags, marks) },
		clone: func(i *metal.IP) *metal.IP {
			c := *i
			c.Tags, c.Machines, c.Services = slices.Clone(i.Tags), slices.Clone(i.Machines), slices.Clone(i.Services)
			return &c
		},
		essence: func(i metal.IP) metal.IP {
			i.Tags, i.Machines, i.Services = list(i.Tags), list(i.Machines), list(i.Services)
			return i
		},
	}
}

// tagged is true if all marks are among some tags.
func tagged(tags []string, marks map[string]string) bool {
	for k, v := range marks {
		if !slices.Contains(tags, k+"="+v) {
			return false
		}
	}
	return true
}

// list that is nil if it is empty.
func list(l []string) []string {
	if len(l) == 0 {
		return nil
	}
	return l
}

func cloneNetwork(n *metal.Network) *metal.Network {
	c := *n
	c.Labels = maps.Clone(n.Labels)
	c.Prefixes = slices.Clone(n.Prefixes)
	c.DestinationPrefixes = slices.Clone(n.DestinationPrefixes)
	c.UsedIPs = maps.Clone(n.UsedIPs)
	if n.VRF != nil {
		c.VRF = new(*n.VRF)
	}
	return &c
}

func cloneMachine(f *metal.Machine) *metal.Machine {
	c := *f
	c.Tags = slices.Clone(f.Tags)
	c.Networks = slices.Clone(f.Networks)
	for i := range c.Networks {
		c.Networks[i].IPs = slices.Clone(c.Networks[i].IPs)
	}
	c.SSHPublicKeys = slices.Clone(f.SSHPublicKeys)
	c.DNSServers = slices.Clone(f.DNSServers)
	c.NTPServers = slices.Clone(f.NTPServers)
	c.Rules = *f.Rules.DeepCopy()
	return &c
}
