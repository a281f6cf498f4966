package rest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/metal-stack/metal-go/api/models"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// machineOf an answer. What is missing in it is zero.
func machineOf(m *models.V1MachineResponse) metal.Machine {
	out := metal.Machine{
		ID:         value(m.ID),
		Tags:       sorted(m.Tags),
		Marks:      metal.MarksOfTags(m.Tags),
		Liveliness: value(m.Liveliness),
	}
	out.Rack = m.Rackid
	if m.Partition != nil {
		out.PartitionID = value(m.Partition.ID)
	}
	if m.Size != nil {
		out.Size = value(m.Size.ID)
	}
	if m.State != nil {
		out.Locked = value(m.State.Value) == models.V1MachineStateValueLOCKED
		out.LockDescription = value(m.State.Description)
	}
	if e := m.Events; e != nil {
		out.CrashLoop = value(e.CrashLoop)
		out.FailedReclaim = value(e.FailedMachineReclaim)
		// The log's newest entry comes first. Not last_event_time: that moves
		// with each repetition of the event.
		if len(e.Log) > 0 && e.Log[0] != nil {
			out.LastEvent = value(e.Log[0].Event)
			out.LastEventTime = time.Time(e.Log[0].Time)
		}
	}
	if m.Allocation != nil {
		allocate(&out, m.Allocation)
	}
	return out
}

// allocate fills in what is said of an allocation.
func allocate(out *metal.Machine, a *models.V1MachineAllocation) {
	out.AllocationUUID = value(a.Allocationuuid)
	out.Created = time.Time(value(a.Created))
	out.Name = value(a.Name)
	out.Hostname = value(a.Hostname)
	out.Description = a.Description
	out.ProjectID = value(a.Project)
	out.Role = metal.MachineRole(value(a.Role))
	out.Reinstalling = value(a.Reinstall)
	out.SSHPublicKeys = sorted(a.SSHPubKeys)
	out.Rules = rulesOf(a.FirewallRules)
	if a.Image != nil {
		out.Image = value(a.Image.ID)
	}
	if a.Filesystemlayout != nil {
		out.FileSystemLayout = value(a.Filesystemlayout.ID)
	}
	for _, s := range a.DNSServers {
		if s != nil {
			out.DNSServers = append(out.DNSServers, value(s.IP))
		}
	}
	for _, s := range a.NtpServers {
		if s != nil {
			out.NTPServers = append(out.NTPServers, value(s.Address))
		}
	}
	for _, n := range a.Networks {
		if n != nil {
			out.Networks = append(out.Networks, attachmentOf(n))
		}
	}
	slices.SortFunc(out.Networks, func(a, b metal.Attachment) int { return cmp.Compare(a.NetworkID, b.NetworkID) })
}

func attachmentOf(n *models.V1MachineNetwork) metal.Attachment {
	return metal.Attachment{
		NetworkID: value(n.Networkid),
		IPs:       sorted(n.Ips),
		ASN:       value(n.Asn),
		VRF:       value(n.Vrf),
		Private:   value(n.Private),
		Underlay:  value(n.Underlay),
		Primary:   value(n.Networktype) == "privateprimaryunshared",
	}
}

// rulesOf an allocation, with protocols in the words of our API: metal-api
// gives them in lower case.
func rulesOf(rules *models.V1FirewallRules) v1alpha1.FirewallRules {
	var out v1alpha1.FirewallRules
	if rules == nil {
		return out
	}
	for _, r := range rules.Egress {
		if r != nil {
			out.Egress = append(out.Egress, v1alpha1.EgressRule{
				Comment:  r.Comment,
				Protocol: protocolOf(r.Protocol),
				Ports:    portsOf(r.Ports),
				To:       cidrsOf(r.To),
			})
		}
	}
	for _, r := range rules.Ingress {
		if r != nil {
			out.Ingress = append(out.Ingress, v1alpha1.IngressRule{
				Comment:  r.Comment,
				Protocol: protocolOf(r.Protocol),
				Ports:    portsOf(r.Ports),
				From:     cidrsOf(r.From),
				To:       cidrsOf(r.To),
			})
		}
	}
	return out
}

func protocolOf(p string) v1alpha1.Protocol {
	if p == "" {
		return v1alpha1.TCP // metal-api's default
	}
	return v1alpha1.Protocol(strings.ToUpper(p))
}

func portsOf(ports []int32) []v1alpha1.Port {
	return sorted(convert(ports, func(p int32) v1alpha1.Port { return v1alpha1.Port(p) }))
}

// cidrsOf prefixes; nil if there are none, as in a spec that names none.
func cidrsOf(prefixes []string) []v1alpha1.CIDR {
	if len(prefixes) == 0 {
		return nil
	}
	return sorted(convert(prefixes, func(p string) v1alpha1.CIDR { return v1alpha1.CIDR(p) }))
}
