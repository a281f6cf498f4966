package chaos

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/chaos/faultproxy"
)

// Bodies that stand in for answers.
const (
	page     = "<html><head><title>Bad Gateway</title></head><body>please come back later</body></html>"
	denial   = `{"statuscode":403,"message":"you are not member in one of [maas-all-all-edit maas-all-all-admin]"}`
	broken   = `{"statuscode":500,"message":"rethinkdb: the connection is closed"}`
	mutex    = `{"statuscode":422,"message":"too many parallel machine allocations taking place, try again later"}`
	kubeBody = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"chaos","reason":"%s","code":%d}`
)

// A harm is a rule without the operation it is done to.
type harm struct {
	name string
	rule faultproxy.Rule
}

// metalReads: a page that says 404 comes of a wrong base path, and one that says
// 200 of somebody else's server.
func metalReads() []harm {
	return []harm{
		{"slow", faultproxy.Rule{Delay: slowest}},
		{"dropped", faultproxy.Rule{Moment: faultproxy.Before}},
		{"answer lost", faultproxy.Rule{Moment: faultproxy.After}},
		{"500", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusInternalServerError, Body: broken, JSON: true}},
		{"403", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusForbidden, Body: denial, JSON: true}},
		{"HTML 502", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusBadGateway, Body: page}},
		{"HTML 404", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusNotFound, Body: page}},
		{"HTML 200", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusOK, Body: page}},
	}
}

// metalWrites: a refusal such as 403 or the mutex's 422 is raised before
// anything is written; whatever else says "failed" may be wrong.
func metalWrites() []harm {
	return []harm{
		{"slow", faultproxy.Rule{Delay: slowest}},
		{"dropped", faultproxy.Rule{Moment: faultproxy.Before}},
		{"dropped after commit", faultproxy.Rule{Moment: faultproxy.After}},
		{"carried out late", faultproxy.Rule{Moment: faultproxy.Late}},
		{"403", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusForbidden, Body: denial, JSON: true}},
		{"500", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusInternalServerError, Body: broken, JSON: true}},
		{"500 after commit", faultproxy.Rule{Moment: faultproxy.After, Status: http.StatusInternalServerError, Body: broken, JSON: true}},
		{"HTML 502", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusBadGateway, Body: page}},
		{"HTML 502 after commit", faultproxy.Rule{Moment: faultproxy.After, Status: http.StatusBadGateway, Body: page}},
	}
}

func kubeHarms() []harm {
	status := func(code int, reason string) faultproxy.Rule {
		return faultproxy.Rule{Moment: faultproxy.Before, Status: code, Body: fmt.Sprintf(kubeBody, reason, code), JSON: true}
	}
	lost := status(http.StatusGatewayTimeout, "Timeout")
	lost.Moment = faultproxy.After
	return []harm{
		{"slow", faultproxy.Rule{Delay: 150 * time.Millisecond}},
		{"dropped", faultproxy.Rule{Moment: faultproxy.Before}},
		{"dropped after commit", faultproxy.Rule{Moment: faultproxy.After}},
		{"500", status(http.StatusInternalServerError, "InternalError")},
		{"503", status(http.StatusServiceUnavailable, "ServiceUnavailable")},
		{"403", status(http.StatusForbidden, "Forbidden")},
		{"HTML 502", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusBadGateway, Body: page}},
		{"504 after commit", lost},
	}
}

// faults of a step: none, one or two, and often a network that is cut in the
// middle, if one is allocated or freed meanwhile.
func faults(dice *rand.Rand) []Fault {
	var out []Fault
	for range dice.IntN(3) {
		out = append(out, fault(dice))
	}
	if dice.IntN(2) == 0 {
		cut := rule(dice, Metal, choose(dice, []string{allocateNetwork, freeNetwork, freeNetwork}), harm{"cut in the middle", faultproxy.Rule{Moment: faultproxy.Middle}})
		cut.Rule.Skip, cut.Rule.Count = 0, 1+dice.IntN(3)
		out = append(out, cut)
	}
	return out
}

func fault(dice *rand.Rand) Fault {
	switch dice.IntN(12) {
	case 0:
		return Fault{At: Metal, For: millis(dice, 100, 1000)}
	case 1:
		return Fault{At: Kube, For: millis(dice, 100, 1500)}
	case 2:
		return Fault{At: Metal, Block: true, For: millis(dice, 100, 1000)}
	case 3:
		return rule(dice, Metal, choose(dice, []string{allocateFirewall, allocateNetwork, allocateMachine, allocateIP}), choose(dice, metalWrites()))
	case 4:
		return rule(dice, Metal, allocateFirewall, harm{"mutex 422", faultproxy.Rule{Moment: faultproxy.Before, Status: http.StatusUnprocessableEntity, Body: mutex, JSON: true}})
	case 5:
		return rule(dice, Metal, faultproxy.Writes, choose(dice, metalWrites()))
	case 6:
		return rule(dice, Metal, faultproxy.Reads, choose(dice, metalReads()))
	case 7:
		return rule(dice, Metal, choose(dice, []string{"findMachines", "findNetworks", "findIPs", "findPartition"}), choose(dice, metalReads()))
	case 8, 9:
		f := rule(dice, Metal, choose(dice, []string{allocateFirewall, allocateNetwork, allocateMachine, allocateIP}), harm{"carried out late", faultproxy.Rule{Moment: faultproxy.Late}})
		f.Rule.Skip = 0
		return f
	case 10:
		return rule(dice, Kube, choose(dice, []string{faultproxy.Writes, faultproxy.Writes, faultproxy.Reads}), choose(dice, kubeHarms()))
	default:
		return rule(dice, Kube, choose(dice, []string{
			"patch networks identity", "patch firewalls identity", "patch networks outcome", "patch firewalls outcome",
			"update networks pending", "update firewalls pending", "patch machines identity", "patch ips identity",
		}), choose(dice, kubeHarms()))
	}
}

func rule(dice *rand.Rand, at Side, operation string, h harm) Fault {
	r := h.rule
	r.Name, r.Operation = string(at)+" "+h.name, operation
	r.Skip, r.Count = dice.IntN(3), 1+dice.IntN(4)
	switch r.Moment {
	case faultproxy.Late:
		r.Delay = late(dice, operation)
	case faultproxy.Middle:
		r.Delay = middle(dice, operation)
	case faultproxy.Pass, faultproxy.Before, faultproxy.After:
	}
	return Fault{At: at, Rule: r}
}
