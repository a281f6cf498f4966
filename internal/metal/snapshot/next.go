package snapshot

import "time"

// A task is a slice that is kept fresh.
type task struct {
	shelf shelf
	slice slice

	// waited for by a look.
	waited bool

	// tried is when its last find began, fetched when the last that came to an end
	// did. Zero: never.
	tried   time.Time
	fetched time.Time

	// freeing is true while we free something in it.
	freeing bool
}

// paused until a time, at which it is tried whatever goes on: a find of networks
// fails while one of them is being freed.
func (t task) paused(now time.Time, age time.Duration) (until time.Time, yes bool) {
	until = t.fetched.Add(2 * age)
	return until, t.freeing && !t.fetched.IsZero() && now.Before(until)
}

// next of the tasks, of which the last began at a time; -1 if it is none's turn,
// and then how long that lasts at most. What is waited for comes first. The others
// are spread over the age, those first that were tried longest ago.
func next(tasks []task, last, now time.Time, age time.Duration) (index int, idle time.Duration) {
	if len(tasks) == 0 {
		return -1, forever
	}
	turn := last.Add(age / time.Duration(len(tasks)))
	index, idle = -1, forever
	for i, t := range tasks {
		if until, paused := t.paused(now, age); paused {
			idle = min(idle, until.Sub(now))
			continue
		}
		if !t.waited && now.Before(turn) {
			idle = min(idle, turn.Sub(now))
			continue
		}
		if index < 0 || t.before(tasks[index]) {
			index = i
		}
	}
	return index, idle
}

func (t task) before(o task) bool {
	if t.waited != o.waited {
		return t.waited
	}
	return t.tried.Before(o.tried)
}
