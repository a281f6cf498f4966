package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Numbers of a world.
const (
	// clusters that a batch creates at most, and that live at a time.
	clusters = 50
	living   = 20

	// strangers are firewalls of another project that live at a time.
	strangers = 3

	// machines are few, so that their ids are used again soon.
	machines = living + strangers + 3
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
	// Steal a firewall of ours: somebody frees it at metal-api.
	Steal Deed = "steal"
	// Come and Go: a firewall and a network of another project.
	Come Deed = "come"
	Go   Deed = "go"
	// Grab what a half-freed network has lost: somebody allocates a network.
	Grab Deed = "grab"
)

// An Act of people.
type Act struct {
	Deed Deed

	// Name of the XCluster.
	Name string

	// How, in detail: address families, tag, propagation policy.
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
}

func newPeople(dice *rand.Rand) *people { return &people{dice: dice} }

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
	return []Act{{Deed: Create, Name: name, How: choose(p.dice, []string{"IPv4", "IPv6", "IPv4,IPv6", "IPv4,IPv6", "", ""})}}
}

func (p *people) disturb(step int) []Act {
	i := p.dice.IntN(len(p.alive))
	name := p.alive[i]
	switch p.dice.IntN(6) {
	case 0, 1, 2:
		p.alive = slices.Delete(p.alive, i, i+1)
		return []Act{{Deed: Delete, Name: name, How: choose(p.dice, []string{"Background", "Foreground"})}}
	case 3:
		return []Act{{Deed: Change, Name: name, How: fmt.Sprintf("step=%d", step)}}
	case 4:
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
