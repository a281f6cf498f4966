package contract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Outcome is how the check of a row ended.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "ok"
	Failed  Outcome = "FAIL"
	Skipped Outcome = "SKIP"
)

// A Result is the outcome of one row.
type Result struct {
	Row     Row
	Outcome Outcome
	// Reason says what was wanted and what was got, or what is missing to check the row.
	Reason string
	Took   time.Duration
}

// A Suite checks rows against one metal-api, one after the other.
type Suite struct {
	cfg   Config
	main  client
	admin bool
	lab   *lab
}

// New returns a Suite for the metal-api that cfg describes. It finds out which role the key has, and removes what an
// earlier run left behind: everything whose name begins with "contract-".
func New(ctx context.Context, cfg Config) (*Suite, error) {
	cfg.URL = strings.TrimSuffix(cfg.URL, "/")
	cfg.Control = strings.TrimSuffix(cfg.Control, "/")

	s := &Suite{cfg: cfg}
	for _, user := range []string{adminUser, editUser} {
		s.main = client{url: cfg.URL, user: user, key: cfg.HMAC}
		s.admin = user == adminUser

		a, err := s.main.send(ctx, http.MethodGet, "/v1/user/me", nil)
		if err != nil {
			return nil, fmt.Errorf("cannot reach metal-api: %w", err)
		}
		if a.status != http.StatusOK {
			continue
		}

		if reason := s.sweep(ctx); reason != "" {
			return nil, fmt.Errorf("cannot remove what an earlier run left behind: %s", reason)
		}

		return s, nil
	}

	return nil, errors.New(envHMAC + " is neither the admin key nor the edit key of this metal-api")
}

// Check checks one row. What the row made is removed before Check returns, whatever the outcome; what cannot be
// removed makes the row fail. Only the machines and networks that several rows look at are kept until Close.
func (s *Suite) Check(ctx context.Context, row Row) Result {
	if missing := s.missing(row.Class); missing != "" {
		return Result{Row: row, Outcome: Skipped, Reason: "needs " + missing}
	}

	result := s.run(ctx, row)
	if result.Outcome == Failed {
		// It may have made what it did not want: an allocate that should have been refused.
		if reason := s.sweep(context.WithoutCancel(ctx)); reason != "" {
			result.Reason += "\ncannot remove what the row left behind: " + reason
		}
	}

	return result
}

// Close removes what rows shared.
func (s *Suite) Close(ctx context.Context) error {
	r := s.run(ctx, Row{check: func(_ *check) { s.lab.close() }})
	if r.Outcome == Failed {
		return fmt.Errorf("cannot remove what the rows shared: %s", r.Reason)
	}

	return nil
}

// sweep removes everything of this suite from the metal-api, also what rows share, and returns the reason if that fails.
func (s *Suite) sweep(ctx context.Context) string {
	s.lab = &lab{suite: s}

	return s.run(ctx, Row{check: (*check).sweep}).Reason
}

// missing names the setting without which rows of the class cannot be checked.
func (s *Suite) missing(class Class) string {
	const adminKey = envHMAC + " to be the admin key"

	switch {
	case class == Admin && !s.admin:
		return adminKey
	case class == Damage && !s.cfg.Destructive:
		return envDestructive + "=1"
	case class == Damage && !s.admin:
		return adminKey
	case class == Roles && s.cfg.HMACView == "":
		return envHMACView
	case class == Roles && s.cfg.HMACEdit == "":
		return envHMACEdit
	case class == Sim && s.cfg.Control == "":
		return envControl
	}

	return ""
}

func (s *Suite) run(ctx context.Context, row Row) Result {
	start := time.Now()
	c := &check{suite: s, ctx: ctx}
	reasons := append(c.protect(func() { row.check(c) }), c.undo()...)

	result := Result{Row: row, Outcome: Passed, Took: time.Since(start)}
	if len(reasons) > 0 {
		result.Outcome = Failed
		result.Reason = strings.Join(reasons, "\n")
	}

	return result
}
