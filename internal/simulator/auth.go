package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/metal-stack/security"
)

// metal-api's groups: each role has its own pair, and a route names the pairs that it accepts.
func viewGroups() []security.ResourceAccess {
	return []security.ResourceAccess{"k8s_kaas-view", "maas-all-all-view"}
}

func editGroups() []security.ResourceAccess {
	return []security.ResourceAccess{"k8s_kaas-edit", "maas-all-all-edit"}
}

func adminGroups() []security.ResourceAccess {
	return []security.ResourceAccess{"k8s_kaas-admin", "maas-all-all-admin"}
}

// A role is what a route asks of its caller.
type role int

const (
	nobody role = iota // no authentication at all
	authenticated
	viewer
	editor
	admin
)

func (r role) groups() []security.ResourceAccess {
	switch r {
	case viewer:
		return slices.Concat(viewGroups(), editGroups(), adminGroups())
	case editor:
		return slices.Concat(editGroups(), adminGroups())
	case admin:
		return adminGroups()
	case nobody, authenticated:
	}
	return nil
}

// check refuses a user who is in none of the role's groups.
func (r role) check(u *security.User) error {
	groups := r.groups()
	if len(groups) == 0 || u.HasGroup(groups...) {
		return nil
	}
	return withStatus(http.StatusForbidden, fmt.Errorf("you are not member in one of %+v", groups))
}

const tenant = "metal-stack"

type authenticator struct {
	token string
	admin security.User
	creds *security.UserCreds
}

func newAuthenticator(k Keys) *authenticator {
	user := func(name string, groups []security.ResourceAccess) security.User {
		return security.User{EMail: strings.ToLower(name) + "@metal-stack.io", Name: name, Groups: groups, Tenant: tenant}
	}
	hmac := func(key string, lifetime time.Duration, u security.User) security.CredsOpt {
		return security.WithHMAC(security.NewHMACAuth(u.Name, []byte(key), security.WithUser(u), security.WithLifetime(lifetime)))
	}
	super := user("Metal-Admin", adminGroups())
	return &authenticator{
		token: k.Token,
		admin: super,
		creds: security.NewCreds(
			hmac(k.View, 30*time.Second, user("Metal-View", viewGroups())),
			hmac(k.Edit, 30*time.Second, user("Metal-Edit", editGroups())),
			hmac(k.Admin, 90*time.Second, super),
		),
	}
}

// user returns who asks; a request without credentials, or with those of an unknown user, comes from a guest without
// a tenant. metal-api never answers 401.
func (a *authenticator) user(r *http.Request) (*security.User, error) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if token == a.token {
			u := a.admin
			return &u, nil
		}
		return nil, withStatus(http.StatusForbidden, errors.New("error parsing token: go-jose/go-jose: compact JWS format must have three parts"))
	}
	u, err := a.creds.User(r)
	if err != nil {
		return nil, withStatus(http.StatusForbidden, err)
	}
	return u, nil
}

type userResponse struct {
	EMail   string
	Name    string
	Groups  []security.ResourceAccess
	Tenant  string
	Issuer  string
	Subject string
}

func getMe(c *call) (any, error) {
	u := c.user
	return userResponse{EMail: u.EMail, Name: u.Name, Groups: u.Groups, Tenant: u.Tenant, Issuer: u.Issuer, Subject: u.Subject}, nil
}
