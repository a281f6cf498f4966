package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// A MachineView is a machine in the table of GET /control/machines.
type MachineView struct {
	ID       string `json:"id"`
	Project  string `json:"project"`
	Name     string `json:"name"`
	Hostname string `json:"hostname"`
	// Role is firewall or machine, empty when not allocated.
	Role string `json:"role"`
	// Event is the last one.
	Event          string `json:"event"`
	Liveliness     string `json:"liveliness"`
	State          string `json:"state"`
	Allocated      bool   `json:"allocated"`
	AllocationUUID string `json:"allocationUUID"`
	Held           bool   `json:"held"`
	CrashLoop      bool   `json:"crashLoop"`
}

// Machines returns the machine table, by id.
func (s *Simulator) Machines() []MachineView {
	st := s.stack.Load()
	views := []MachineView{}
	for _, m := range st.machines.list(nil) {
		e, _ := st.events.get(m.id) // every machine has one
		v := MachineView{
			ID: m.id, Event: e.last(), Liveliness: e.liveliness, State: m.state.Value, CrashLoop: e.crashLoop,
			Held: st.metal[m.id].held.Load(),
		}
		if a := m.allocation; a != nil {
			v.Allocated, v.Project, v.Name, v.Hostname, v.Role, v.AllocationUUID = true, a.project, a.name, a.hostname, a.role, a.uuid
		}
		views = append(views, v)
	}
	return views
}

// with calls f for a machine that exists.
func (s *Simulator) with(id string, f func(st *stack)) error {
	st := s.stack.Load()
	if _, err := st.machines.get(id); err != nil {
		return err
	}
	f(st)
	return nil
}

// Hold stops the machine in its life cycle: it stays at its last event. It fails for an unknown machine.
func (s *Simulator) Hold(id string) error {
	return s.with(id, func(st *stack) { st.tell(id, hold) })
}

// Release lets the machine go on. It fails for an unknown machine.
func (s *Simulator) Release(id string) error {
	return s.with(id, func(st *stack) { st.tell(id, release) })
}

// Crash makes the machine crash and boot again: crash_loop is true until it phones home, or for a machine that is not
// allocated, until its next planned reboot or reclaim. It fails for an unknown machine.
func (s *Simulator) Crash(id string) error {
	return s.with(id, func(st *stack) {
		st.report(id, crashed, "crashed by control")
		st.events.change(id, func(c *eventContainer) { c.crashLoop = true })
		st.tell(id, reboot)
	})
}

// Lock sets the machine's state LOCKED. It fails for an unknown machine.
func (s *Simulator) Lock(id string) error {
	return s.with(id, func(st *stack) {
		st.machines.change(id, func(m *machine) { m.state.Value, m.state.Description = locked, "locked by control" })
	})
}

// Unlock makes the machine available. It fails for an unknown machine.
func (s *Simulator) Unlock(id string) error {
	return s.with(id, func(st *stack) {
		st.machines.change(id, func(m *machine) { m.state.Value, m.state.Description, m.state.Issuer = "", "", "" })
	})
}

// SetLiveliness sets the machine's liveliness, Alive, Dead or Unknown, until its next event. It fails for an unknown machine
// or liveliness.
func (s *Simulator) SetLiveliness(id, liveliness string) error {
	if !slices.Contains([]string{alive, dead, unknown}, liveliness) {
		return badRequest(fmt.Errorf("liveliness is %s, %s or %s, not %q", alive, dead, unknown, liveliness))
	}
	return s.with(id, func(st *stack) {
		st.events.change(id, func(c *eventContainer) { c.liveliness, c.pinned = liveliness, liveliness != alive })
	})
}

// HalfFree releases the network's first prefix in IPAM, whatever the network knows: from now on neither it nor any list with
// it can be read. It fails for an unknown network and for one that is no child.
func (s *Simulator) HalfFree(id string) error {
	st := s.stack.Load()
	n, err := st.networks.get(id)
	if err != nil {
		return err
	}
	_, err = st.ipam.releaseChild(context.Background(), n.prefixes[0], id)
	return err
}

// LeakIP takes an address of the network's first prefix in IPAM without a row that would show it. It fails for an unknown
// network and for one without a free address.
func (s *Simulator) LeakIP(id string) error {
	st := s.stack.Load()
	n, err := st.networks.get(id)
	if err != nil {
		return err
	}
	_, err = st.ipam.acquireIP(context.Background(), n.prefixes[0], "")
	return err
}

// Block takes the partition's allocation mutex, which no sweep takes away. It fails for an unknown partition and while
// the mutex is taken.
func (s *Simulator) Block(partition string) error {
	st := s.stack.Load()
	if _, err := st.partitions.get(partition); err != nil {
		return err
	}
	if st.mutex.try(partition, time.Now().AddDate(1, 0, 0)) != nil {
		return badRequest(errors.New("the mutex is taken"))
	}
	return nil
}

// Unblock gives the partition's allocation mutex back. It fails when nobody has it.
func (s *Simulator) Unblock(partition string) error {
	if !s.stack.Load().mutex.release(partition) {
		return badRequest(errors.New("the mutex is not taken"))
	}
	return nil
}

// controlRoutes are the same over HTTP.
func (s *Simulator) controlRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(r *http.Request) (int, any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			status, body, err := h(r)
			if err != nil {
				// There is only what is not there, and what was asked wrongly.
				status = http.StatusBadRequest
				if statusOf(err) == http.StatusNotFound {
					status = http.StatusNotFound
				}
				body = map[string]string{"error": err.Error()}
			}
			if status == http.StatusNoContent {
				w.WriteHeader(status)
				return
			}
			jsonAnswer(status, body).write(w)
		})
	}
	show := func(pattern string, get func() any) {
		handle("GET "+pattern, func(*http.Request) (int, any, error) { return http.StatusOK, get(), nil })
	}
	do := func(pattern string, act func(id string) error) {
		handle(pattern, func(r *http.Request) (int, any, error) { return http.StatusNoContent, nil, act(r.PathValue("id")) })
	}
	all := func(act func()) func(string) error {
		return func(string) error {
			act()
			return nil
		}
	}

	show("/control/machines", func() any { return s.Machines() })
	show("/control/faults", func() any { return s.Faults() })
	show("/control/counters", func() any { return s.Counters() })
	show("/control/requests", func() any { return s.Requests() })
	show("/control/costs", func() any { return s.Costs() })
	show("/control/journal", func() any { return s.Journal() })
	show("/control/broken", func() any { return s.Broken() })
	show("/control/abandoned", func() any { return s.Abandoned() })
	for name, act := range map[string]func(string) error{
		"hold": s.Hold, "release": s.Release, "crash": s.Crash, "lock": s.Lock, "unlock": s.Unlock,
		"dead":    func(id string) error { return s.SetLiveliness(id, dead) },
		"unknown": func(id string) error { return s.SetLiveliness(id, unknown) },
		"alive":   func(id string) error { return s.SetLiveliness(id, alive) },
	} {
		do("POST /control/machines/{id}/"+name, act)
	}
	do("POST /control/networks/{id}/half-free", s.HalfFree)
	do("POST /control/networks/{id}/leak", s.LeakIP)
	do("POST /control/networks/{id}/repair", s.Repair)
	do("DELETE /control/abandoned", func(string) error { return s.ReleaseAbandoned() })
	do("POST /control/partitions/{id}/block", s.Block)
	do("POST /control/partitions/{id}/release", s.Unblock)
	do("DELETE /control/faults/{id}", s.RemoveFault)
	do("DELETE /control/faults", all(s.ClearFaults))
	do("DELETE /control/counters", all(s.ResetCounters))
	do("DELETE /control/journal", all(s.ClearJournal))
	do("POST /control/reset", func(string) error { return s.Reset() })
	handle("PUT /control/costs", func(r *http.Request) (int, any, error) {
		c, err := decodeCosts(json.NewDecoder(r.Body))
		if err != nil {
			return 0, nil, err
		}
		return http.StatusNoContent, nil, s.SetCosts(c)
	})
	handle("POST /control/faults", func(r *http.Request) (int, any, error) {
		var f Fault
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&f); err != nil {
			return 0, nil, fmt.Errorf("cannot read the fault: %w", err)
		}
		if err := f.validate(); err != nil {
			return 0, nil, err
		}
		return http.StatusCreated, s.faults.add(f), nil
	})
	return mux
}
