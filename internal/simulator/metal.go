package simulator

import (
	"context"
	"sync/atomic"
	"time"
)

// metal is a machine as hardware: it boots, installs, phones home, and knows metal-api only by asking and reporting.
type metal struct {
	stack *stack
	id    string
	stage string // the last event of this boot, or off or rebooting
	held  atomic.Bool

	commands chan command
	life     context.Context //nolint:containedctx // ends with the stack, or when metal-api forgets the machine
	end      context.CancelFunc
}

type command string

const (
	reboot    command = "reboot"
	turnOff   command = "off"
	turnOn    command = "on"
	hold      command = "hold"
	release   command = "release"
	allocated command = "allocated" // only wakes up a machine that waits
)

const (
	poweredOff = "off"
	rebooting  = "rebooting"
)

func newMetal(s *stack, id string) *metal {
	life, end := context.WithCancel(s.life)
	return &metal{stack: s, id: id, stage: waiting, commands: make(chan command), life: life, end: end}
}

// tell gives the machine a command, which it takes at once.
func (s *stack) tell(id string, c command) {
	m, ok := s.metal[id]
	if !ok {
		return
	}
	select {
	case m.commands <- c:
	case <-m.life.Done():
	}
}

// run is the life of the machine.
func (m *metal) run() {
	for m.life.Err() == nil {
		next, after := m.next()
		timer := time.NewTimer(after)
		due := timer.C
		if m.held.Load() {
			due = nil
		}
		select {
		case <-m.life.Done():
		case c := <-m.commands:
			m.obey(c)
		case <-due:
			m.enter(next)
		}
		timer.Stop()
	}
}

func (m *metal) obey(c command) {
	switch c {
	case reboot:
		m.stage = rebooting
	case turnOff:
		m.stage = poweredOff
	case turnOn:
		if m.stage == poweredOff {
			m.stage = rebooting
		}
	case hold:
		m.held.Store(true)
	case release:
		m.held.Store(false)
	case allocated:
	}
}

// next is the event to come and the time until then; at rest it is the same one again, a sign of life.
func (m *metal) next() (string, time.Duration) {
	s := m.stack
	switch m.stage {
	case rebooting:
		return pxeBooting, s.Rebooting
	case pxeBooting:
		return preparing, s.Preparing
	case preparing:
		return registering, s.Preparing
	case registering:
		if m.allocated() {
			return installing, s.Preparing
		}
		return waiting, s.Preparing
	case waiting:
		if m.allocated() {
			return installing, s.Allocated
		}
	case installing:
		return bootingKernel, s.Installing
	case bootingKernel:
		return phonedHome, s.Booting
	}
	return m.stage, s.Beat
}

func (m *metal) allocated() bool {
	row, err := m.stack.machines.get(m.id)
	return err == nil && row.allocation != nil
}

func (m *metal) enter(event string) {
	switch event {
	case poweredOff:
		return
	case m.stage:
		m.stack.events.change(m.id, func(c *eventContainer) {
			if !c.pinned {
				c.sign(stored(now()))
			}
		})
		return
	case bootingKernel:
		m.stack.installed(m.id)
	}
	m.stage = event
	m.stack.report(m.id, event, "")
}

// installed is the report at the end of an installation. It does not set succeeded: nothing in metal-api does.
func (s *stack) installed(id string) {
	s.machines.change(id, func(m *machine) {
		if m.allocation == nil {
			return
		}
		a := *m.allocation
		a.reinstall = false
		a.bootInfo = &bootInfo{
			ImageID: a.image, PrimaryDisk: "/dev/sda", OSPartition: "/dev/sda2", Initrd: "/boot/initrd", Kernel: "/boot/vmlinuz",
			Cmdline: "console=ttyS0", BootloaderID: "metal",
		}
		m.allocation = &a
	})
}
