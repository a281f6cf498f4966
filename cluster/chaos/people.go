package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Numbers of a world.
const (
	// clusters that a batch creates at most, and that live at a time.
	clusters = 50
	living   = 20

	// strangers are firewalls of another project that live at a time.
	strangers = 3

	// hands are Machines and their IPs that live at a time, and loose IPs as many.
	hands = 5

	// crew are workers of XClusters that are wanted at a time, and mostShrink those of
	// one, who may go without consent.
	crew       = 4
	mostShrink = 2

	// machines are few, so that their ids are used again soon.
	machines = living + strangers + hands + crew + 3
)

// A Deed is something that people do.
type Deed string

// Deeds.
const (
	// Create, Change, Describe and Delete an XCluster: its firewall's tags and
	// keys, its Network's description.
	Create   Deed = "create"
	Change   Deed = "change"
	Describe Deed = "describe"
	Delete   Deed = "delete"
	// Steal a firewall or a worker of ours: somebody frees it at metal-api.
	Steal Deed = "steal"
	// Roll the firewall of an XCluster.
	Roll Deed = "roll"
	// Scale the pool of workers of an XCluster.
	Scale Deed = "scale"
	// Come and Go: a firewall and a network of another project.
	Come Deed = "come"
	Go   Deed = "go"
	// Hire and Fire a Machine in the network of an XCluster, with an IP of its own.
	Hire Deed = "hire"
	Fire Deed = "fire"
	// Dismiss a Machine of ours: somebody frees it at metal-api.
	Dismiss Deed = "dismiss"
	// Reserve and Release an IP that nothing has.
	Reserve Deed = "reserve"
	Release Deed = "release"
	// Scrub an IP: somebody writes its tags anew, without ours.
	Scrub Deed = "scrub"
	// Rob an IP that nothing has: somebody frees it at metal-api.
	Rob Deed = "rob"
	// Grab what a half-freed network has lost: somebody allocates a network.
	Grab Deed = "grab"
)

// An Act of people.
type Act struct {
	Deed Deed

	// Name of the XCluster, the Machine or the IP. A Machine's IP has its name.
	Name string

	// How, in detail: address families, tag, token, propagation policy, number of workers.
	How string
}

// String is a few words.
func (a Act) String() string {
	if a.Deed == Grab {
		return "a stranger's network, if one is half-freed"
	}
	if a.Name == "" {
		return "a stranger's firewall: " + string(a.Deed)
	}
	if a.How == "" {
		return fmt.Sprintf("%s %s", a.Deed, a.Name)
	}
	return fmt.Sprintf("%s %s (%s)", a.Deed, a.Name, a.How)
}

// people who decide what to do, by dice.
type people struct {
	dice    *rand.Rand
	created int
	alive   []string
	foreign int

	// hired Machines, by the XCluster in whose network they are, and loose IPs.
	hired []hand
	loose []string
	names int

	// staff is how many workers XClusters shall have, by name.
	staff map[string]int
}

// A hand is a Machine in the network of an XCluster.
type hand struct {
	name, cluster string
}

func newPeople(dice *rand.Rand) *people { return &people{dice: dice, staff: map[string]int{}} }

// act in a step: more is created at first, and more deleted later.
func (p *people) act(step, steps int) []Act {
	var acts []Act
	for range 1 + p.dice.IntN(2) {
		early := p.dice.IntN(steps) >= step
		switch {
		case len(p.alive) == 0 || (early && p.dice.IntN(3) > 0):
			acts = append(acts, p.create()...)
		default:
			acts = append(acts, p.disturb(step)...)
		}
	}
	acts = append(acts, p.work()...)
	acts = append(acts, p.scale()...)
	acts = append(acts, p.address()...)
	acts = append(acts, p.strange()...)
	if p.dice.IntN(2) == 0 {
		acts = append(acts, Act{Deed: Grab})
	}
	return acts
}

func (p *people) create() []Act {
	if p.created >= clusters || len(p.alive) >= living {
		return nil
	}
	p.created++
	name := fmt.Sprintf("x%02d", p.created)
	p.alive = append(p.alive, name)
	how := choose(p.dice, []string{"IPv4", "IPv6", "IPv4,IPv6", "IPv4,IPv6", "", ""}) + " " + choose(p.dice, []string{"", withEgress})
	return []Act{{Deed: Create, Name: name, How: strings.TrimSpace(how)}}
}

func (p *people) disturb(step int) []Act {
	i := p.dice.IntN(len(p.alive))
	name := p.alive[i]
	switch p.dice.IntN(7) {
	case 0, 1, 2:
		p.alive = slices.Delete(p.alive, i, i+1)
		delete(p.staff, name)
		// Its network goes when nothing is in it, in whatever order.
		acts := []Act{{Deed: Delete, Name: name, How: choose(p.dice, []string{"Background", "Foreground"})}}
		for _, h := range p.hired {
			if h.cluster == name {
				acts = append(acts, p.fire(h))
			}
		}
		p.hired = slices.DeleteFunc(p.hired, func(h hand) bool { return h.cluster == name })
		p.dice.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
		return acts
	case 3:
		return []Act{{Deed: Change, Name: name, How: fmt.Sprintf("step=%d", step)}}
	case 4:
		return []Act{{Deed: Roll, Name: name, How: fmt.Sprintf("step-%d", step)}}
	case 5:
		return []Act{{Deed: Describe, Name: name, How: fmt.Sprintf("in step %d", step)}}
	default:
		return []Act{{Deed: Steal, Name: name}}
	}
}

// strange people come and go.
func (p *people) strange() []Act {
	switch {
	case p.dice.IntN(3) > 0:
		return nil
	case p.foreign < strangers && p.dice.IntN(2) == 0:
		p.foreign++
		return []Act{{Deed: Come}}
	case p.foreign > 0:
		p.foreign--
		return []Act{{Deed: Go}}
	default:
		return nil
	}
}

// work for Machines in the networks of XClusters.
func (p *people) work() []Act {
	switch p.dice.IntN(5) {
	case 0:
		if len(p.hired) >= hands || len(p.alive) == 0 {
			return nil
		}
		p.names++
		h := hand{name: fmt.Sprintf("m%02d", p.names), cluster: choose(p.dice, p.alive)}
		p.hired = append(p.hired, h)
		return []Act{{Deed: Hire, Name: h.name, How: "in " + h.cluster}}
	case 1:
		if len(p.hired) == 0 {
			return nil
		}
		i := p.dice.IntN(len(p.hired))
		h := p.hired[i]
		p.hired = slices.Delete(p.hired, i, i+1)
		return []Act{p.fire(h)}
	case 2:
		if len(p.hired) == 0 {
			return nil
		}
		return []Act{{Deed: Dismiss, Name: choose(p.dice, p.hired).name}}
	default:
		return nil
	}
}

// scale the workers of an XCluster, by no more than goes without consent.
func (p *people) scale() []Act {
	if p.dice.IntN(3) > 0 || len(p.alive) == 0 {
		return nil
	}
	name, others := choose(p.dice, p.alive), 0
	for of, n := range p.staff {
		if of != name {
			others += n
		}
	}
	p.staff[name] = p.dice.IntN(min(mostShrink, crew-others) + 1)
	return []Act{{Deed: Scale, Name: name, How: fmt.Sprintf("to %d", p.staff[name])}}
}

func (p *people) fire(h hand) Act {
	return Act{Deed: Fire, Name: h.name, How: choose(p.dice, []string{"the IP first", "the Machine first"})}
}

// address of nobody, and what others do to addresses.
func (p *people) address() []Act {
	switch p.dice.IntN(6) {
	case 0:
		if len(p.loose) >= hands {
			return nil
		}
		p.names++
		name := fmt.Sprintf("i%02d", p.names)
		p.loose = append(p.loose, name)
		return []Act{{Deed: Reserve, Name: name, How: choose(p.dice, []string{"IPv4", "IPv6"})}}
	case 1, 2, 3:
		if len(p.loose) == 0 {
			return nil
		}
		i := p.dice.IntN(len(p.loose))
		name := p.loose[i]
		deed := choose(p.dice, []Deed{Release, Scrub, Rob})
		if deed == Release {
			p.loose = slices.Delete(p.loose, i, i+1)
		}
		return []Act{{Deed: deed, Name: name}}
	case 4:
		if len(p.hired) == 0 {
			return nil
		}
		return []Act{{Deed: Scrub, Name: choose(p.dice, p.hired).name}}
	default:
		return nil
	}
}
