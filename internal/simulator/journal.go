package simulator

import (
	"slices"
	"sync"
	"time"
)

// A JournalEntry is one request that wrote, or tried to.
type JournalEntry struct {
	// Time when the request was carried out or refused, before any delay of the answer.
	Time      time.Time `json:"time"`
	Operation string    `json:"operation"`
	// ID of the network or machine, or the IP's address.
	ID string `json:"id"`
	// AllocationUUID of the allocation that was made, changed or freed.
	AllocationUUID string `json:"allocationUUID"`
	Project        string `json:"project"`
	Name           string `json:"name"`
	// Caller is the user's mail address.
	Caller string `json:"caller"`
	// Marks are the tags, or the labels as key=value, sorted.
	Marks []string `json:"marks"`
	// Prefixes that an allocate of a network has got from IPAM, or a free has given back, whatever came of the request.
	Prefixes []string `json:"prefixes,omitempty"`
	// TakenFrom are the networks to which IPAM had given what a free gave back: they have lost it.
	TakenFrom []string `json:"takenFrom,omitempty"`
	Status    int      `json:"status"`
	// Message of the error.
	Message string `json:"message"`
}

type journal struct {
	mu      sync.Mutex
	entries []JournalEntry
}

func (j *journal) add(e JournalEntry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Marks = slices.Sorted(slices.Values(e.Marks))
	if e.Marks == nil {
		e.Marks = []string{}
	}
	j.entries = append(j.entries, e)
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

func (j *journal) all() []JournalEntry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]JournalEntry{}, j.entries...)
}

// Journal returns every write since the start or the last clearing, oldest first, whatever came of it.
func (s *Simulator) Journal() []JournalEntry { return s.journal.all() }

// ClearJournal empties the journal.
func (s *Simulator) ClearJournal() { s.journal.clear() }
