package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

type image struct {
	id, name, description, url string
	features                   []string
	classification             string
	expires, created, changed  time.Time
}

type imageResponse struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	Description    string    `json:"description"`
	URL            string    `json:"url"`
	Features       []string  `json:"features"`
	ExpirationDate time.Time `json:"expirationDate"`
	Classification string    `json:"classification"`
	UsedBy         []string  `json:"usedby"`
	Created        time.Time `json:"created"`
	Changed        time.Time `json:"changed"`
}

func (i image) response() *imageResponse {
	return &imageResponse{
		ID: i.id, Name: i.name, Description: i.description, URL: i.url, Features: append([]string{}, i.features...),
		ExpirationDate: i.expires, Classification: i.classification, Created: i.created, Changed: i.changed,
	}
}

// An imageVersion of an image is semantic; its patch is a date, and left out where any will do.
type imageVersion [3]int

func (v imageVersion) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// splitImage takes an image id apart: <os>-<major>[.<minor>[.<patch>]].
func splitImage(id string) (string, imageVersion, error) {
	i := strings.LastIndex(id, "-")
	if i < 0 {
		return "", imageVersion{}, fmt.Errorf("image id %q is not of the form <os>-<major>.<minor>[.<patch>]", id)
	}
	parts := strings.Split(id[i+1:], ".")
	var v imageVersion
	if len(parts) > len(v) {
		return "", v, errors.New("invalid semantic version")
	}
	for n, part := range parts {
		number, err := strconv.Atoi(part)
		if err != nil || number < 0 {
			return "", v, errors.New("invalid semantic version")
		}
		v[n] = number
	}
	return id[:i], v, nil
}

// imagesFor returns the images that an id means, newest first: this very one when it has a patch, else all of its minor.
func (s *stack) imagesFor(id string) (string, imageVersion, []image, error) {
	os, want, err := splitImage(id)
	if err != nil {
		return os, want, nil, err
	}
	found := s.images.list(func(i image) bool {
		o, v, err := splitImage(i.id)
		return err == nil && o == os && v[0] == want[0] && v[1] == want[1] && (want[2] == 0 || v[2] == want[2])
	})
	slices.SortStableFunc(found, func(a, b image) int {
		_, va, _ := splitImage(a.id)
		_, vb, _ := splitImage(b.id)
		return vb[2] - va[2]
	})
	return os, want, found, nil
}

func (s *stack) latestImage(id string) (image, error) {
	os, want, found, err := s.imagesFor(id)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no image for os:%s version:%s found", os, want)
	}
	if err != nil {
		return image{}, notFound("no image for id:%s found:%v", id, err)
	}
	return found[0], nil
}

func findImage(c *call) (any, error) {
	i, err := c.images.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	return i.response(), nil
}

func findLatestImage(c *call) (any, error) {
	i, err := c.latestImage(c.path("id"))
	if err != nil {
		return nil, err
	}
	return i.response(), nil
}

func queryImages(c *call) (any, error) {
	_, _, found, err := c.imagesFor(c.path("id"))
	if err != nil {
		return nil, notFound("no images for id:%s found:%v", c.path("id"), err)
	}
	return imageResponses(found), nil
}

func imageResponses(list []image) []*imageResponse {
	all := []*imageResponse{}
	for _, i := range list {
		all = append(all, i.response())
	}
	return all
}

func listImages(c *call) (any, error) {
	all := imageResponses(c.images.list(nil))
	text := c.query.Get("show-usage")
	if text == "" {
		return all, nil
	}
	show, err := strconv.ParseBool(text)
	if err != nil {
		return nil, badRequest(err)
	}
	for _, i := range all {
		if show {
			i.UsedBy = c.machinesWith(i.ID)
		}
	}
	return all, nil
}

func (s *stack) machinesWith(imageID string) []string {
	var ids []string
	for _, m := range s.machines.list(func(m machine) bool { return m.allocation != nil && m.allocation.image == imageID }) {
		ids = append(ids, m.id)
	}
	return ids
}

func createImage(c *call) (any, error) {
	var q struct {
		ID             string     `json:"id"`
		Name           string     `json:"name"`
		Description    string     `json:"description"`
		URL            string     `json:"url"`
		Features       []string   `json:"features"`
		ExpirationDate *time.Time `json:"expirationDate"`
		Classification *string    `json:"classification"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	c.entry.ID, c.entry.Name = q.ID, q.Name
	if q.ID == "" {
		return nil, badRequest(errors.New("an image needs an id"))
	}
	if q.URL == "" {
		return nil, badRequest(errors.New("an image needs a url"))
	}
	for _, f := range q.Features {
		if f != "machine" && f != "firewall" {
			return nil, badRequest(fmt.Errorf("feature %q is neither machine nor firewall", f))
		}
	}
	if _, _, err := splitImage(q.ID); err != nil {
		return nil, badRequest(err)
	}
	t := now()
	i := image{
		id: q.ID, name: q.Name, description: q.Description, url: q.URL, features: q.Features,
		classification: "preview", expires: t.AddDate(0, 3, 0), created: stored(t), changed: stored(t),
	}
	set(&i.expires, q.ExpirationDate)
	set(&i.classification, q.Classification)
	if !slices.Contains([]string{"preview", "supported", "deprecated"}, i.classification) {
		return nil, badRequest(fmt.Errorf("classification %q is neither preview nor supported nor deprecated", i.classification))
	}
	if err := c.images.insert(i.id, i); err != nil {
		return nil, err
	}
	return i.response(), nil
}

func deleteImage(c *call) (any, error) {
	c.entry.ID = c.path("id")
	i, err := c.images.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	if users := c.machinesWith(i.id); len(users) > 0 {
		return nil, withStatus(http.StatusUnprocessableEntity, fmt.Errorf("machines %v use image %s", users, i.id))
	}
	c.images.remove(i.id)
	return i.response(), nil
}
