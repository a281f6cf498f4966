package simulator

type serverCapacity struct {
	Size           string   `json:"size"`
	Total          int      `json:"total,omitempty"`
	PhonedHome     int      `json:"phoned_home,omitempty"`
	Waiting        int      `json:"waiting,omitempty"`
	Other          int      `json:"other,omitempty"`
	OtherMachines  []string `json:"othermachines,omitempty"`
	Allocated      int      `json:"allocated,omitempty"`
	Allocatable    int      `json:"allocatable,omitempty"`
	Free           int      `json:"free,omitempty"`
	Unavailable    int      `json:"unavailable,omitempty"`
	Faulty         int      `json:"faulty,omitempty"`
	FaultyMachines []string `json:"faultymachines,omitempty"`
}

func (s *serverCapacity) count(m machine, e eventContainer) {
	s.Total++
	if e.crashLoop || e.failedReclaim || e.liveliness != alive {
		s.Faulty++
		s.FaultyMachines = append(s.FaultyMachines, m.id)
	}
	switch {
	case m.allocation != nil:
		s.Allocated++
	case e.waiting && !m.preallocated && m.state.Value == "" && e.liveliness == alive:
		s.Allocatable++
		s.Free++
	default:
		s.Unavailable++
	}
	switch e.last() {
	case phonedHome:
		s.PhonedHome++
	case waiting:
		s.Waiting++
	default:
		s.Other++
		s.OtherMachines = append(s.OtherMachines, m.id)
	}
}

type capacityResponse struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Servers     []*serverCapacity `json:"servers"`
}

// partitionCapacity counts machines by size. Size reservations are not simulated.
func partitionCapacity(c *call) (any, error) {
	var q struct {
		ID     *string `json:"id"`
		SizeID *string `json:"sizeid"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if q.ID != nil {
		if _, err := c.partitions.get(*q.ID); err != nil {
			return nil, badRequest(err)
		}
	}
	all := []*capacityResponse{}
	for _, p := range c.partitions.list(func(p partition) bool { return is(q.ID, p.id) }) {
		r := &capacityResponse{ID: p.id, Name: p.name, Description: p.description}
		bySize := map[string]*serverCapacity{}
		for _, m := range c.machines.list(func(m machine) bool { return m.partition == p.id && is(q.SizeID, m.size) }) {
			if bySize[m.size] == nil {
				bySize[m.size] = &serverCapacity{Size: m.size}
				r.Servers = append(r.Servers, bySize[m.size])
			}
			e, err := c.events.get(m.id)
			if err != nil {
				return nil, err
			}
			bySize[m.size].count(m, e)
		}
		if len(r.Servers) > 0 {
			all = append(all, r)
		}
	}
	return all, nil
}
