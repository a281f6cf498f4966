package simulator

import (
	"slices"
	"time"
)

// The events of a machine, in metal-api's words.
const (
	crashed       = "Crashed"
	pxeBooting    = "PXE Booting"
	plannedReboot = "Planned Reboot"
	preparing     = "Preparing"
	registering   = "Registering"
	waiting       = "Waiting"
	installing    = "Installing"
	bootingKernel = "Booting New Kernel"
	phonedHome    = "Phoned Home"
	reclaim       = "Machine Reclaim"
)

const (
	eventsStored   = 100
	eventsAnswered = 20

	// reclaimFailedAfter is how long a system may go on phoning home after its machine was reclaimed.
	reclaimFailedAfter = 5 * time.Minute
)

type event struct {
	Event   string    `json:"event"`
	Message string    `json:"message"`
	Time    time.Time `json:"time"`
}

// An eventContainer is what metal-api knows about a machine's life. It outlives the machine's allocations.
type eventContainer struct {
	log       []event // newest first, never changed in place
	lastTime  time.Time
	lastError *event

	waiting       bool // for an allocation
	crashLoop     bool
	failedReclaim bool

	liveliness string
	pinned     bool // the liveliness was set by control
}

type eventsResponse struct {
	CrashLoop            bool      `json:"crash_loop"`
	FailedMachineReclaim bool      `json:"failed_machine_reclaim"`
	LastErrorEvent       *event    `json:"last_error_event,omitempty"`
	LastEventTime        time.Time `json:"last_event_time"`
	Log                  []event   `json:"log"`
}

func (c *eventContainer) response() eventsResponse {
	return eventsResponse{
		CrashLoop:            c.crashLoop,
		FailedMachineReclaim: c.failedReclaim,
		LastErrorEvent:       c.lastError,
		LastEventTime:        c.lastTime,
		Log:                  append([]event{}, c.log[:min(len(c.log), eventsAnswered)]...),
	}
}

// last is the name of the newest event, empty when there is none.
func (c *eventContainer) last() string {
	if len(c.log) == 0 {
		return ""
	}
	return c.log[0].Event
}

// report is the way of a machine's event into metal-api.
func (s *stack) report(id, name, message string) {
	s.events.change(id, func(c *eventContainer) { c.take(name, message) })
}

// take draws the conclusions from an event.
func (c *eventContainer) take(name, message string) {
	e := event{Event: name, Message: message, Time: stored(now())}
	before := c.last()

	if before == reclaim && name == phonedHome {
		// The system of the former user still runs. It is no news, so that the age of the reclaim remains known.
		c.liveliness, c.pinned = alive, false
		if e.Time.Sub(c.lastTime) > reclaimFailedAfter {
			c.failedReclaim, c.lastError = true, &e
		}
		return
	}
	c.sign(e.Time)
	if before == name && (name == pxeBooting || name == phonedHome) {
		return // these come again and again
	}

	switch name {
	case pxeBooting, preparing:
		c.failedReclaim = false
		if !slices.Contains([]string{"", reclaim, plannedReboot, pxeBooting}, before) {
			c.crashLoop, c.lastError = true, &e // nobody wanted this boot
		}
	case crashed:
		c.crashLoop, c.lastError = true, &e
	case phonedHome, plannedReboot, reclaim:
		c.crashLoop = false
	}
	c.waiting = name == waiting
	c.log = slices.Concat([]event{e}, c.log[:min(len(c.log), eventsStored-1)])
}
