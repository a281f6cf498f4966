package simulator

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// A failed allocate gives back neither its VRF nor the prefix that it had got before.
func TestNetworkAllocateLeaks(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{VRFs: 1, SuperPrefixes: []string{"10.0.0.0/24", "2001:db8:0:10::/64"}})
	body := networkBody()
	body["length"] = object{"IPv4": 16} // the super network is smaller
	l.want(http.StatusUnprocessableEntity, http.MethodPost, "/metal/v1/network/allocate", body)
	l.want(http.StatusInternalServerError, http.MethodPost, "/metal/v1/network/allocate", networkBody())
}

// A VRF that a free gives back is given out again.
func TestNetworkFreeReleasesVRF(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{VRFs: 1})
	for range 2 {
		l.want(http.StatusOK, http.MethodDelete, "/metal/v1/network/free/"+l.network(), nil)
	}
}

func TestNetworkCreateRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	cases := map[string]struct {
		reason string
		fields object
		status int
		words  string
	}{
		"Overlap":     {"IPAM takes no prefix twice.", object{"prefixes": []string{"10.0.4.0/22"}}, 422, "overlaps"},
		"Malformed":   {"A prefix has a mask.", object{"prefixes": []string{"nope"}}, 400, "given prefix nope is not a valid ip with mask: "},
		"None":        {"There is no network without prefixes.", object{"prefixes": []string{}}, 400, "needs prefixes"},
		"SecondSuper": {"A partition has one super network.", object{"privatesuper": true, "partitionid": seedPartition}, 422, superNetwork},
		"Lengths":     {"Only super networks have children.", object{"defaultchildprefixlength": object{"IPv4": 30}}, 422, "can only be set on privatesuper"},
		"NoLengths":   {"A super network knows how long its children's prefixes are.", object{"privatesuper": true}, 400, "needs a defaultchildprefixlength of IPv4"},
		"Announcable": {"Only super networks announce more.", object{"additionalAnnouncableCIDRs": []string{"10.240.0.0/12"}}, 422, "private super network"},
		"TakenVRF":    {"Networks share a VRF only when they say so.", object{"vrf": 104009}, 409, "104009 is taken"},
		"Project":     {"The project exists.", object{"projectid": "nope"}, 404, "project with id:nope not found"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := object{"id": name, "prefixes": []string{"198.18.0.0/28"}}
			maps.Copy(body, tc.fields)
			status, text := l.send(t.Context(), http.MethodPut, "/metal/v1/network", body)
			if status != tc.status || !strings.Contains(text, tc.words) {
				t.Errorf("%s Want %d %s, got %d %s", tc.reason, tc.status, tc.words, status, text)
			}
		})
	}
}

// The prefix of a child that is deleted instead of freed is missing in its parent.
func TestNetworkDeleteOfChildLeaks(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{SuperPrefixes: []string{"10.0.0.0/30"}}) // room for four children
	l.want(http.StatusOK, http.MethodDelete, "/metal/v1/network/"+l.network(), nil)
	for range 3 {
		l.network()
	}
	l.want(http.StatusUnprocessableEntity, http.MethodPost, "/metal/v1/network/allocate", networkBody())
}

// What a super network announces has to be sent again with every update, unless it is to go.
func TestNetworkUpdateOfSuper(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	body := object{"id": superNetwork, "name": "renamed"}
	l.want(http.StatusUnprocessableEntity, http.MethodPost, "/metal/v1/network", body)
	l.want(http.StatusOK, http.MethodPost, "/metal/v1/network?force=true", body)
	if got := l.want(http.StatusOK, http.MethodGet, "/metal/v1/network/"+superNetwork, nil); got["additionalAnnouncableCIDRs"] != nil {
		t.Errorf("want nothing announced, got %v", got["additionalAnnouncableCIDRs"])
	}
}
