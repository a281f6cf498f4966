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

// firewallOf a machine of an answer. What is missing in it is zero.
func firewallOf(m *models.V1MachineResponse) metal.Firewall {
	f := metal.Firewall{
		MachineID:  value(m.ID),
		Tags:       sorted(m.Tags),
		Marks:      metal.MarksOfTags(m.Tags),
		Liveliness: value(m.Liveliness),
	}
	if m.Partition != nil {
		f.PartitionID = value(m.Partition.ID)
	}
	if m.Size != nil {
		f.Size = value(m.Size.ID)
	}
	if m.State != nil {
		f.Locked = value(m.State.Value) == models.V1MachineStateValueLOCKED
		f.LockDescription = value(m.State.Description)
	}
	if e := m.Events; e != nil {
		f.CrashLoop = value(e.CrashLoop)
		f.FailedReclaim = value(e.FailedMachineReclaim)
		// The log's newest entry comes first. Not last_event_time: that moves
		// with each repetition of the event.
		if len(e.Log) > 0 && e.Log[0] != nil {
			f.LastEvent = value(e.Log[0].Event)
			f.LastEventTime = time.Time(e.Log[0].Time)
		}
	}
	if m.Allocation != nil {
		allocate(&f, m.Allocation)
	}
	return f
}

// allocate fills in what is said of an allocation.
func allocate(f *metal.Firewall, a *models.V1MachineAllocation) {
	f.AllocationUUID = value(a.Allocationuuid)
	f.Created = time.Time(value(a.Created))
	f.Name = value(a.Name)
	f.Hostname = value(a.Hostname)
	f.Description = a.Description
	f.ProjectID = value(a.Project)
	f.IsFirewall = value(a.Role) == models.V1MachineAllocationRoleFirewall
	f.Reinstalling = value(a.Reinstall)
	f.SSHPublicKeys = sorted(a.SSHPubKeys)
	f.Rules = rulesOf(a.FirewallRules)
	if a.Image != nil {
		f.Image = value(a.Image.ID)
	}
	if a.Filesystemlayout != nil {
		f.FileSystemLayout = value(a.Filesystemlayout.ID)
	}
	for _, s := range a.DNSServers {
		if s != nil {
			f.DNSServers = append(f.DNSServers, value(s.IP))
		}
	}
	for _, s := range a.NtpServers {
		if s != nil {
			f.NTPServers = append(f.NTPServers, value(s.Address))
		}
	}
	for _, n := range a.Networks {
		if n != nil {
			f.Networks = append(f.Networks, attachmentOf(n))
		}
	}
	slices.SortFunc(f.Networks, func(a, b metal.Attachment) int { return cmp.Compare(a.NetworkID, b.NetworkID) })
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
