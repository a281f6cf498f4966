package snapshot

import (
	"context"
	"io"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A view is a client of a metal-stack that shares what it sees with others.
type view struct {
	inner  metal.Stack
	shared *Shared
	config types.UID

	// trusted is true if metal-api has answered, and not refused since; denied if it
	// has refused, and not answered since. The lock guards them.
	trusted, denied bool
}

var (
	_ metal.Stack = &view{}
	_ io.Closer   = &view{}
)

// Wrap the client that a ProviderConfig gives of this very metal-stack. Network
// Machine and IP answer looks (metal.WithLook) as the snapshot can; whoever does not
// look, and every other method, asks the client. A look that no answer is there for
// yet is an error of kind metal.Later: Wake tells when to look again. The
// result is an io.Closer, which closes the client as well.
func (s *Shared) Wrap(stack metal.Stack, providerConfig types.UID) metal.Stack {
	v := &view{inner: stack, shared: s, config: providerConfig}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views = append(s.views, v)
	return v
}

// Close the client. When it was the last one of its ProviderConfig, who looked
// through that is forgotten.
func (v *view) Close() error {
	v.leave()
	if c, ok := v.inner.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func (v *view) leave() {
	s := v.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views = slices.DeleteFunc(s.views, func(o *view) bool { return o == v })
	if !slices.ContainsFunc(s.views, func(o *view) bool { return o.config == v.config }) {
		s.networks.dismiss(v.config)
		s.machines.dismiss(v.config)
		s.ips.dismiss(v.config)
	}
	s.rouse()
}

// note whether metal-api answers this client.
func (v *view) note(err error) {
	denied := metal.KindOf(err) == metal.Denied
	if err != nil && !denied {
		return
	}
	v.shared.mu.Lock()
	defer v.shared.mu.Unlock()
	if v.trusted == !denied && v.denied == denied {
		return
	}
	v.trusted, v.denied = !denied, denied
	if denied {
		// Who looks through it shall say so.
		v.shared.networks.warn(v.config)
		v.shared.machines.warn(v.config)
		v.shared.ips.warn(v.config)
	}
	v.shared.rouse()
}

// noted passes an answer on.
func noted[T any](v *view) func(answer T, err error) (T, error) {
	return func(answer T, err error) (T, error) {
		v.note(err)
		return answer, err
	}
}

// find an object: as it was seen, or anew.
func find[O any](ctx context.Context, v *view, s *store[O], id string, anew func(ctx context.Context, id string) (*O, error)) (*O, error) {
	l := metal.LookOf(ctx)
	var by types.UID
	if l != nil && l.UID != "" {
		by = l.UID
		o, what := s.look(v, l, id)
		switch what {
		case serveTold:
			l.From = metal.Told
			return o, nil
		case serveShared:
			l.From = metal.Shared
			return o, nil
		case wait:
			return nil, &metal.Error{Kind: metal.Later, Attempted: "find " + s.noun + " " + id, Message: "it is being asked for together with others, and looked at when the answer is there"}
		case ask:
			l.From = metal.Asked
		}
	}
	began := v.shared.moment()
	o, err := noted[*O](v)(anew(ctx, id))
	switch {
	case err == nil:
		s.read(id, o, began, by)
	case metal.KindOf(err) == metal.Broken:
		s.wrote(id) // It is not as it was, and cannot be shown.
	}
	return o, err
}

// Network of that id.
func (v *view) Network(ctx context.Context, id string) (*metal.Network, error) {
	return find(ctx, v, v.shared.networks, id, v.inner.Network)
}

// Machine of that id.
func (v *view) Machine(ctx context.Context, id string) (*metal.Machine, error) {
	return find(ctx, v, v.shared.machines, id, v.inner.Machine)
}

// AllocateNetwork makes a network, and remembers it.
func (v *view) AllocateNetwork(ctx context.Context, o metal.NetworkOrder) (*metal.Network, error) {
	n, err := noted[*metal.Network](v)(v.inner.AllocateNetwork(ctx, o))
	if err == nil && n != nil {
		v.shared.networks.allocated(n, v.config)
	}
	return n, err
}

// AllocateMachine takes a machine, and remembers it.
func (v *view) AllocateMachine(ctx context.Context, o metal.MachineOrder) (*metal.Machine, error) {
	m, err := noted[*metal.Machine](v)(v.inner.AllocateMachine(ctx, o))
	if err == nil && m != nil {
		v.shared.machines.allocated(m, v.config)
	}
	return m, err
}

// UpdateNetwork changes it, and forgets how it was.
func (v *view) UpdateNetwork(ctx context.Context, id string, u metal.NetworkUpdate) error {
	err := v.inner.UpdateNetwork(ctx, id, u)
	v.shared.networks.wrote(id)
	v.note(err)
	return err
}

// UpdateMachine changes it, and forgets how it was.
func (v *view) UpdateMachine(ctx context.Context, id string, u metal.MachineUpdate) error {
	err := v.inner.UpdateMachine(ctx, id, u)
	v.shared.machines.wrote(id)
	v.note(err)
	return err
}

// ReinstallMachine reinstalls it, and forgets how it was.
func (v *view) ReinstallMachine(ctx context.Context, id, imageID string) error {
	err := v.inner.ReinstallMachine(ctx, id, imageID)
	v.shared.machines.wrote(id)
	v.note(err)
	return err
}

// FreeNetwork frees it. Its slice is not asked for meanwhile.
func (v *view) FreeNetwork(ctx context.Context, id string) error {
	defer v.shared.networks.free(id)()
	err := v.inner.FreeNetwork(ctx, id)
	v.note(err)
	return err
}

// FreeMachine frees it. A find of machines does not fail of that.
func (v *view) FreeMachine(ctx context.Context, id string) error {
	err := v.inner.FreeMachine(ctx, id)
	v.shared.machines.wrote(id)
	v.note(err)
	return err
}

// IP of that address.
func (v *view) IP(ctx context.Context, address string) (*metal.IP, error) {
	return find(ctx, v, v.shared.ips, address, v.inner.IP)
}

// AllocateIP takes an address, and remembers it.
func (v *view) AllocateIP(ctx context.Context, o metal.IPOrder) (*metal.IP, error) {
	i, err := noted[*metal.IP](v)(v.inner.AllocateIP(ctx, o))
	if err == nil && i != nil {
		v.shared.ips.allocated(i, v.config)
	}
	return i, err
}

// UpdateIP changes it, and forgets how it was.
func (v *view) UpdateIP(ctx context.Context, address string, u metal.IPUpdate) error {
	err := v.inner.UpdateIP(ctx, address, u)
	v.shared.ips.wrote(address)
	v.note(err)
	return err
}

// FreeIP frees it.
func (v *view) FreeIP(ctx context.Context, address string) error {
	err := v.inner.FreeIP(ctx, address)
	v.shared.ips.wrote(address)
	v.note(err)
	return err
}
