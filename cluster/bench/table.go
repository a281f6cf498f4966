package bench

import (
	"fmt"
	"slices"
	"strings"
)

// markdown of all figures.
func (r *Report) markdown() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "Measured on %s, on: %s.\n", r.Date, r.Machine)
	own := r.livesOf(ours().name)
	if len(own) > 0 {
		most := own[len(own)-1]
		_, _ = fmt.Fprintf(&b, "\n**Goals and what was got**, %d networks and %d firewalls (p50 / p99)\n\n", most.Networks, most.Firewalls)
		rows := [][]string{{"", "goal", "got", ""}}
		for _, g := range goals(most, r.floor(most.Networks)) {
			mark := "missed"
			if g.met {
				mark = "met"
			}
			rows = append(rows, []string{g.what, g.goal, g.got, mark})
		}
		b.WriteString(grid(rows))
		b.WriteString("\n**As it grows**\n\n")
		b.WriteString(grid(r.compare(own, func(l *Life) string { return fmt.Sprintf("%d networks", l.Networks) })))
	}
	for _, n := range r.compared() {
		same := slices.DeleteFunc(slices.Clone(r.Lives), func(l *Life) bool { return l.Networks != n })
		_, _ = fmt.Fprintf(&b, "\n**Beside the way of other providers**, %d networks and %d firewalls\n\n", n, n/10)
		b.WriteString(grid(r.compare(same, func(l *Life) string { return l.Variant })))
	}
	if len(r.Firsts) > 0 {
		b.WriteString("\n**Apply to the first reconcile of a new network** (p50 / p99)\n\n")
		b.WriteString(grid(r.firsts()))
	}
	if len(r.Orange) > 0 {
		_, _ = fmt.Fprintf(&b, "\n**Interruptions**, %d networks\n\n", r.Orange[0].Networks)
		rows := [][]string{{"run", "", "seconds", "CPU-seconds", "orphans"}}
		for _, i := range r.Orange {
			rows = append(rows, []string{fmt.Sprint(i.Run), i.What, seconds(i.Seconds), fmt.Sprintf("%.1f", i.CPUSeconds), fmt.Sprint(i.Orphans)})
		}
		b.WriteString(grid(rows))
	}
	return b.String()
}

func (r *Report) livesOf(name string) []*Life {
	return slices.DeleteFunc(slices.Clone(r.Lives), func(l *Life) bool { return l.Variant != name })
}

func (r *Report) floor(n int) *Floor {
	i := slices.IndexFunc(r.Floors, func(f *Floor) bool { return f.Networks == n })
	if i < 0 {
		return nil
	}
	return r.Floors[i]
}

// compared are the numbers that there is more than ours of.
func (r *Report) compared() []int {
	var all []int
	for _, l := range r.Lives {
		if l.Variant != ours().name && !slices.Contains(all, l.Networks) {
			all = append(all, l.Networks)
		}
	}
	return all
}

// compare lives, a column each.
func (r *Report) compare(lives []*Life, heading func(*Life) string) [][]string {
	header := []string{""}
	for _, l := range lives {
		header = append(header, heading(l))
	}
	rows := [][]string{header}
	for _, row := range []struct {
		name string
		of   func(*Life) string
	}{
		{"create all networks", func(l *Life) string { return seconds(l.Create.Seconds) }},
		{"… floor: metal-go, sequential", r.ofFloor(func(f *Floor) float64 { return f.Create })},
		{"… floor: metal-go, 10 workers", r.ofFloor(func(f *Floor) float64 { return f.CreateParallel })},
		{"… CPU-seconds per network", func(l *Life) string { return fmt.Sprintf("%.4f", l.Create.CPUSeconds/float64(l.Networks)) }},
		{"… requests to metal-api per network", func(l *Life) string { return each(l.Create.Requests, l.Networks) }},
		{"… writes to the API server per network", func(l *Life) string { return each(l.Create.Writes, l.Networks) }},
		{"create all firewalls", func(l *Life) string { return seconds(l.CreateFirewalls.Seconds) }},
		{"… CPU-seconds per firewall", func(l *Life) string {
			return fmt.Sprintf("%.4f", l.CreateFirewalls.CPUSeconds/float64(max(1, l.Firewalls)))
		}},
		{"… lists of a whole kind per firewall", func(l *Life) string { return each(l.CreateFirewalls.Lists, max(1, l.Firewalls)) }},
		{"… Phoned Home to Ready", func(l *Life) string { return l.PhonedHome.String() }},
		{"at rest, per minute: writes", func(l *Life) string { return fmt.Sprintf("%.1f", perMinute(l.Rest, sum(l.Rest.Writes, leases()...))) }},
		{"… looks", func(l *Life) string { return fmt.Sprintf("%.0f", perMinute(l.Rest, l.Rest.Looks)) }},
		{"… requests", func(l *Life) string { return fmt.Sprintf("%.1f", perMinute(l.Rest, sum(l.Rest.Requests))) }},
		{"… share of metal-api's time", func(l *Life) string { return fmt.Sprintf("%.2f %%", share(l.Rest)) }},
		{"… CPU-seconds", func(l *Life) string { return fmt.Sprintf("%.2f", 60*ratio(l.Rest.CPUSeconds, l.Rest.Seconds)) }},
		{"memory at rest, at the peak", func(l *Life) string { return fmt.Sprintf("%.0f, %.0f MB", l.Rest.RSS, l.Delete.Peak) }},
		{"a new network, apply to allocate: others rest", func(l *Life) string { return l.WhileResting.Allocated.String() }},
		{"… another project creates a tenth as many", func(l *Life) string { return l.WhileCreating.Allocated.String() }},
		{"… 1 s after a restart", func(l *Life) string { return l.AfterRestart.Allocated.String() }},
		{"while a tenth is deleted: finds per look at what rests", func(l *Life) string { return fmt.Sprintf("%.2f", l.findsPerLook()) }},
		{"… a change is seen after, at most", func(l *Life) string { return seconds(l.Stale) }},
		{"restart to a first look at all", func(l *Life) string { return seconds(l.Restart) }},
		{"delete all networks", func(l *Life) string { return seconds(l.Delete.Seconds) }},
		{"… floor: metal-go, sequential", r.ofFloor(func(f *Floor) float64 { return f.Delete })},
		{"… floor: metal-go, 10 workers", r.ofFloor(func(f *Floor) float64 { return f.DeleteParallel })},
		{"… CPU-seconds per network", func(l *Life) string { return fmt.Sprintf("%.4f", l.Delete.CPUSeconds/float64(l.Networks)) }},
		{"… requests to metal-api per network", func(l *Life) string { return each(l.Delete.Requests, l.Networks) }},
		{"… lists of a whole kind per network", func(l *Life) string { return each(l.Delete.Lists, l.Networks) }},
	} {
		cells := []string{row.name}
		for _, l := range lives {
			cells = append(cells, row.of(l))
		}
		rows = append(rows, cells)
	}
	return rows
}

func (r *Report) ofFloor(of func(*Floor) float64) func(*Life) string {
	return func(l *Life) string {
		if f := r.floor(l.Networks); f != nil {
			return seconds(of(f))
		}
		return "–"
	}
}

func each(counts map[string]int, n int) string {
	return fmt.Sprintf("%.2f", float64(sum(counts, leases()...))/float64(n))
}

// firsts by variant and poll, a column for each number.
func (r *Report) firsts() [][]string {
	var numbers []int
	for _, f := range r.Firsts {
		if !slices.Contains(numbers, f.Networks) {
			numbers = append(numbers, f.Networks)
		}
	}
	header := []string{"", "poll"}
	for _, n := range numbers {
		header = append(header, fmt.Sprintf("beside %d networks", n))
	}
	rows := [][]string{header}
	for _, f := range r.Firsts {
		i := slices.IndexFunc(rows[1:], func(row []string) bool { return row[0] == f.Variant && row[1] == f.Poll.String() }) + 1
		if i == 0 {
			i = len(rows)
			row := []string{f.Variant, f.Poll.String()}
			for range numbers {
				row = append(row, "–")
			}
			rows = append(rows, row)
		}
		rows[i][2+slices.Index(numbers, f.Networks)] = f.New.Reconciled.String()
	}
	return rows
}

// grid of cells, the first row is the header.
func grid(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String()
}
