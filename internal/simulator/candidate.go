package simulator

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// candidate returns the machine to allocate, marked as preallocated under the partition's mutex. A machine wanted by uuid is
// neither: no mutex, no mark, no look at its state.
func (s *stack) candidate(ctx context.Context, d demand) (row[machine], error) {
	if d.wanted != nil {
		if d.wanted.value.allocation != nil {
			return row[machine]{}, errors.New("machine is already allocated")
		}
		return *d.wanted, nil
	}
	if err := s.mutex.lock(ctx, d.PartitionID); err != nil {
		return row[machine]{}, err
	}
	defer s.mutex.unlock(ctx, d.PartitionID)
	_ = pause(s.life, s.Search) //nolint:contextcheck // the search in the database goes on without the caller

	available := s.machines.list(func(m machine) bool {
		e, err := s.events.get(m.id)
		return err == nil && e.waiting && e.liveliness == alive && m.allocation == nil && !m.preallocated &&
			m.state.Value == "" && m.partition == d.PartitionID && m.size == d.SizeID
	})
	if len(available) == 0 {
		return row[machine]{}, errors.New("no machine available")
	}
	id := available[s.dice.intN(len(available))].id

	found, err := s.machines.find(id)
	if err != nil {
		return found, err
	}
	taken := found.value
	taken.preallocated = true
	if err := s.machines.replace(id, found, taken); err != nil {
		return found, err
	}
	return s.machines.find(id)
}

// machineTags are the user's tags and the system's, in random order. Of tags with one key the last wins, the system's
// over all.
func (s *stack) machineTags(m machine, user []string) []string {
	var plain []string
	labels := map[string]string{}
	for _, t := range user {
		if k, v, ok := strings.Cut(t, "="); ok {
			labels[k] = v
		} else {
			plain = append(plain, t)
		}
	}
	for _, n := range m.allocation.networks {
		if n.Private {
			labels["machine.metal-stack.io/network.primary.asn"] = strconv.FormatInt(n.ASN, 10)
			break
		}
	}
	labels["machine.metal-stack.io/rack"] = m.rack
	labels["machine.metal-stack.io/chassis"] = "chassis-" + m.id
	for k, v := range labels {
		plain = append(plain, k+"="+v)
	}
	slices.Sort(plain) // only so that the seed decides the order
	return shuffle(s.dice, unique(plain))
}
