package rest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A translator of answers that are errors.
type translator struct {
	// secret that must not be repeated.
	secret string

	// authType of the HMAC key, empty for a token.
	authType string
}

// answer says what is wrong with an answer that metal-go did not accept.
func (t translator) answer(a *answer) *metal.Error {
	said, ok := a.said()
	switch {
	case ok:
		return t.said(a, said)
	case a.status == http.StatusForbidden && unknownUser.Match(a.body):
		return &metal.Error{
			Kind:    metal.Denied,
			Status:  a.status,
			Message: "metal-api does not know this user (\"tenant not allowed\"): check " + t.credentials(),
			Refused: writes[a.operation],
		}
	default:
		return t.foreign(a)
	}
}

// unknownUser is the one refusal that metal-api writes in another form: a
// plain JSON string. Between the words is the user's tenant, which it has not.
var unknownUser = regexp.MustCompile(`^\s*"tenant .* not allowed"\s*$`)

// said is the message of an answer in metal-api's form: a JSON string that
// holds an object with the status and a message.
func (a *answer) said() (string, bool) {
	var text string
	if json.Unmarshal(a.body, &text) != nil {
		return "", false
	}
	var said struct {
		Status  int    `json:"statuscode"`
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(text), &said) != nil {
		return "", false
	}
	return said.Message, said.Status == a.status && a.status >= http.StatusBadRequest
}

// foreign answers are not of a metal-api.
func (t translator) foreign(a *answer) *metal.Error {
	status := strconv.Itoa(a.status)
	switch {
	case a.status < http.StatusMultipleChoices:
		return misdirected(a.status, "the answer is none that metal-api gives: "+checkURL)
	case a.status < http.StatusBadRequest:
		to := "elsewhere"
		if u, err := url.Parse(a.location); err == nil && u.Host != "" {
			to = "to " + u.Scheme + "://" + u.Host
		}
		return misdirected(a.status, "the server redirects "+to+" ("+status+"): "+checkURL)
	case a.status == http.StatusTooManyRequests:
		return &metal.Error{Kind: metal.Throttled, Status: a.status, Message: "a proxy in front of the metal-api takes no more requests for now (429)"}
	case a.status >= http.StatusInternalServerError:
		return &metal.Error{Kind: metal.Transient, Status: a.status, Message: "no metal-api answers behind the server (" + status + "): check that it runs, and the url of the ProviderConfig"}
	default:
		return misdirected(a.status, "the server answers "+status+", and not as metal-api does: "+checkURL)
	}
}

// said translates what a metal-api said.
func (t translator) said(a *answer, said string) *metal.Error {
	e := &metal.Error{Status: a.status, Refused: refused(a.operation, a.status, said)}
	if strings.HasPrefix(said, strconv.Itoa(a.status)+": ") {
		// The words of its router, for a path that it does not know.
		e.Kind, e.Message = metal.Misdirected, "the server knows no such path ("+said+"): "+checkURL
		return e
	}
	if a.status == http.StatusForbidden {
		e.Kind, e.Message = metal.Denied, t.denied(said)
		return e
	}
	words := t.clean(said)
	for _, m := range meanings {
		if parts := m.words.FindStringSubmatch(said); a.status == m.status && parts != nil {
			e.Kind, e.Message = m.kind, words+m.wayOut
			if m.message != "" {
				e.Message = strings.ReplaceAll(m.message, "%", t.clean(parts[1]))
			}
			return e
		}
	}
	e.Kind, e.Message = kindOf(a.status), words
	if e.Kind == metal.Transient {
		e.Message = "metal-api failed (" + strconv.Itoa(a.status) + "): " + words
	}
	return e
}

func kindOf(status int) metal.Kind {
	switch {
	case status == http.StatusNotFound:
		return metal.NotFound
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		return metal.Conflict
	case status == http.StatusTooManyRequests:
		return metal.Throttled
	case status >= http.StatusInternalServerError:
		return metal.Transient
	default:
		return metal.Invalid
	}
}

// A meaning that metal-api's words have together with their status.
type meaning struct {
	status int
	words  *regexp.Regexp
	kind   metal.Kind

	// wayOut is added to the words; or message says it all, with % for what
	// the words' parentheses hold.
	wayOut  string
	message string
}

const (
	unprocessable = http.StatusUnprocessableEntity

	// prefix in words of IPAM.
	prefix = `([0-9a-fA-F.:]+/[0-9]+)`
)

var meanings = []meaning{ //nolint:gochecknoglobals // A table.
	{
		status: unprocessable, words: regexp.MustCompile(`^no machine available$`), kind: metal.Exhausted,
		wayOut: ": no machine of that size waits in the partition, or those that do are reserved for other projects",
	},
	{
		status: unprocessable, words: regexp.MustCompile(`^too many parallel machine allocations`), kind: metal.Throttled,
	},
	{
		status: unprocessable, words: regexp.MustCompile(`quota for .* reached`), kind: metal.Exhausted,
		wayOut: ": raise the quota of the project, which counts firewalls as machines, or free some",
	},
	{
		status: unprocessable, words: regexp.MustCompile(`no prefix found in ` + prefix), kind: metal.Exhausted,
		message: "no prefix is left in %: free networks of the partition, ask for a smaller prefix, or have the super network extended",
	},
	{
		status: unprocessable, words: regexp.MustCompile(`^cannot allocate free child prefix in one of the given parent prefixes`), kind: metal.Exhausted,
		wayOut: ": free networks of the partition, or have the super network extended",
	},
	{
		status: unprocessable, words: regexp.MustCompile(`no more ips in prefix: ` + prefix), kind: metal.Exhausted,
		message: "no address is left in %: free addresses of that network",
	},
	{
		status: http.StatusInternalServerError, words: regexp.MustCompile(`no more ips in prefix: ` + prefix), kind: metal.Exhausted,
		message: "no address is left in %: free addresses of that network",
	},
	// A free that released one prefix and failed with the next leaves a
	// network of which nothing can be read any more.
	{
		status: unprocessable, words: regexp.MustCompile(`^prefix usage for cidr:` + prefix + ` not found`), kind: metal.Broken,
		message: halfFreed,
	},
	{
		status: unprocessable, words: regexp.MustCompile(`^error releasing child prefix in ipam: not_found: .*prefix:` + prefix + ` not found`), kind: metal.Broken,
		message: halfFreed,
	},
	{
		status: unprocessable, words: regexp.MustCompile(`^error releasing child prefix in ipam: .*prefix ` + prefix + ` has ips`), kind: metal.Conflict,
		message: "addresses of prefix % are still allocated: free the machines, firewalls and IPs in the network first",
	},
	// The versions of an object are compared when it is written.
	{
		status: http.StatusConflict, words: regexp.MustCompile(`the entity was changed from another`), kind: metal.Changed,
	},
	{
		status: unprocessable, words: regexp.MustCompile(`optimistic lock error`), kind: metal.Changed,
	},
	{
		status: http.StatusBadRequest, words: regexp.MustCompile(`^there are still .* allocated by this project`), kind: metal.Conflict,
	},
	{
		status: http.StatusNotFound, words: regexp.MustCompile(`unable to find tenant:`), kind: metal.Invalid,
		wayOut: ": correct tenantID",
	},
	{
		status: unprocessable, words: regexp.MustCompile(`^could not find a matching filesystemLayout `), kind: metal.Invalid,
		wayOut: ": choose another size or image, or name a layout in filesystemLayout",
	},
	{
		status: unprocessable, words: regexp.MustCompile(`^machine is locked$`), kind: metal.Conflict,
		wayOut: ": have the lock removed by whoever set it",
	},
}

const halfFreed = "a network is half-freed: its prefix % is no longer in metal-stack's IPAM. No call of metal-api repairs that: " +
	"who runs the metal-stack must acquire child prefix % again in go-ipam (AcquireChildPrefix with childCidr) before another network is given it, then the network can be freed"

// denied says what to do about a 403; metal-api never answers 401.
func (t translator) denied(said string) string {
	switch {
	case strings.Contains(said, "Wrong HMAC"):
		return "metal-api says \"Wrong HMAC found\": check " + t.credentials()
	case strings.Contains(said, "timestamp") && strings.Contains(said, "too old"):
		return "metal-api takes the request for too old: the clocks of the provider and of the metal-api differ, synchronize them"
	case strings.Contains(said, "you are not member in one of"):
		role := "admin"
		switch {
		case strings.Contains(said, "-view"):
			role = "view"
		case strings.Contains(said, "-edit"):
			role = "edit"
		}
		return "the user of the ProviderConfig lacks the role " + role + ": use a key or token of that role"
	case strings.Contains(said, "token"):
		return "metal-api does not accept the token: renew it, and check " + t.credentials()
	default:
		return "metal-api denies it: " + t.clean(said)
	}
}

// credentials says where they are.
func (t translator) credentials() string {
	if t.authType == "" {
		return "the token in the ProviderConfig's Secret"
	}
	return "hmacAuthType (" + t.authType + ") and the key in the ProviderConfig's Secret"
}

var (
	// noise is what says nothing to a reader.
	noise = regexp.MustCompile(`\b(NotFound|Conflict) |rpc error: code = \w+ desc = |:? ?sql: no rows in result set|^\S+ not found err:`)

	// volatile is what changes from one answer to the next: ends of
	// connections, times.
	volatile = regexp.MustCompile(`(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):\d+|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*|0x[0-9a-f]{6,}|\b[0-9.]+(ns|µs|ms|s)\b`)
)

// clean words of a metal-api, so that they are the same each time and tell no
// secret.
func (t translator) clean(said string) string {
	const most = 400
	said = noise.ReplaceAllString(said, "")
	said = volatile.ReplaceAllString(said, "…")
	said = strings.ReplaceAll(said, t.secret, "…")
	said = strings.Join(strings.Fields(strings.ToValidUTF8(said, "…")), " ")
	if r := []rune(said); len(r) > most {
		said = string(r[:most]) + "…"
	}
	if said == "" {
		return "no reason given"
	}
	return said
}
