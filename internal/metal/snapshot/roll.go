package snapshot

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

const (
	// quiet is how long no other managed resource has looked for the first time
	// before the first find after a start, and gathered how long that is waited for
	// at most: the size of the slices follows from how many there are.
	quiet    = 500 * time.Millisecond
	gathered = 5 * time.Second

	// remembered is how long a managed resource is that looks no more: one that was
	// deleted and left its object there says no farewell.
	remembered = 24 * time.Hour
)

// A member is a managed resource that looks.
type member struct {
	uid types.UID

	// id of its object.
	id string

	// via is the ProviderConfig that it looks through, config the one that its
	// object's marks name.
	via    types.UID
	config types.UID

	// kind and resource are empty as long as nobody has said.
	kind     Kind
	resource types.NamespacedName

	looked time.Time

	// waits is since when it waits for an answer. Zero: it does not.
	waits time.Time
}

// A record of a slice: when its last find began, and the last that came to an end,
// how long that took, and how many objects it found.
type record struct {
	tried   time.Time
	fetched time.Time
	took    time.Duration
	before  time.Duration // What the find before it took.
	size    int

	// failed is true if no find has come to an end since one did not, and warned
	// if those have been told who thought that they were being watched.
	failed bool
	warned bool
}

// A roll of all members of a kind, and the slices that they are in.
type roll struct {
	plan    plan
	members map[types.UID]*member
	slices  map[slice]*record

	// freeing is what we are freeing now, by the uid of whose it is.
	freeing map[types.UID]int

	// first member since there was none, and the last one that came.
	first time.Time
	last  time.Time
}

func newRoll() roll {
	return roll{members: map[types.UID]*member{}, slices: map[slice]*record{}, freeing: map[types.UID]int{}}
}

// join the members.
func (r *roll) join(uid, via types.UID, id string, kind Kind, resource types.NamespacedName, now time.Time) *member {
	m := r.members[uid]
	if m == nil {
		if len(r.members) == 0 {
			r.first = now
		}
		r.last = now
		m = &member{uid: uid, config: via}
		r.members[uid] = m
	}
	m.id, m.via, m.looked = id, via, now
	if kind != "" {
		m.kind = kind
	}
	if resource.Name != "" {
		m.resource = resource
	}
	return m
}

// count the members of a kind.
func (r *roll) count(k Kind) int {
	n := 0
	for _, m := range r.members {
		if m.kind == k {
			n++
		}
	}
	return n
}

// holder of an object; nil if there is none.
func (r *roll) holder(id string) *member {
	for _, m := range r.members {
		if m.id == id {
			return m
		}
	}
	return nil
}

// record of a member's slice; the zero one if it has not been looked at.
func (r *roll) record(m *member) record {
	if rec := r.slices[r.plan.slice(m.uid, m.config)]; rec != nil {
		return *rec
	}
	return record{}
}

// gathering lasts so long: what is there has not been looked at yet.
func (r *roll) gathering(now time.Time) time.Duration {
	for _, rec := range r.slices {
		if !rec.tried.IsZero() {
			return 0
		}
	}
	until := r.last.Add(quiet)
	if most := r.first.Add(gathered); most.Before(until) {
		until = most
	}
	return max(0, until.Sub(now))
}

// tasks that there are now, for so many managed resources at least.
func (r *roll) tasks(of shelf, atLeast int, now time.Time) []task {
	configs, found := map[types.UID]bool{}, 0
	for uid, m := range r.members {
		if now.Sub(m.looked) > remembered {
			delete(r.members, uid)
			continue
		}
		configs[m.config] = true
	}
	for _, rec := range r.slices {
		found += rec.size
	}
	if len(r.members) > 0 {
		r.plan = planned(r.plan, max(len(r.members), atLeast), len(configs), found)
	}

	at := map[slice]int{}
	var tasks []task
	for uid, m := range r.members {
		s := r.plan.slice(uid, m.config)
		i, ok := at[s]
		if !ok {
			rec := r.slices[s]
			if rec == nil {
				rec = &record{}
				r.slices[s] = rec
			}
			i = len(tasks)
			at[s] = i
			tasks = append(tasks, task{shelf: of, slice: s, tried: rec.tried, fetched: rec.fetched})
		}
		tasks[i].waited = tasks[i].waited || !m.waits.IsZero()
		tasks[i].freeing = tasks[i].freeing || r.freeing[uid] > 0
	}
	for s := range r.slices {
		if _, ok := at[s]; !ok {
			delete(r.slices, s)
		}
	}
	return tasks
}

// manyTook is how many finds tell by themselves which of them was slow by chance, and
// slow is how many times what they take otherwise.
const (
	manyTook = 10
	slow     = 3
)

// took is what the last finds of all slices did together. One that was slow by chance
// must not have everybody wait for the next one: of few slices the shorter of two
// finds counts, and none that has no other to compare with.
func (r *roll) took() time.Duration {
	var all []time.Duration
	var sum time.Duration
	for _, rec := range r.slices {
		all = append(all, rec.took)
		sum += min(rec.took, rec.before)
	}
	if len(all) < manyTook {
		return sum
	}
	slices.Sort(all)
	sum = 0
	for _, d := range all {
		sum += min(d, slow*all[len(all)/2])
	}
	return sum
}
