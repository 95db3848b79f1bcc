// Cacheprog is a GOCACHEPROG over a folder that `gobag unpack --gocache` wrote: what a hit would take if gobag answered
// go by that protocol (package cmd/go/internal/cacheprog) instead of filling a GOCACHE before go starts. As gobag would
// have to, it puts each output to a file of its own before it answers, and keeps what go puts.
//
//	GOCACHEPROG='cacheprog FROM TO' go build ./...
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

type request struct {
	ID       int64
	Command  string
	ActionID []byte
	OutputID []byte
	BodySize int64
}

type response struct {
	ID            int64
	Err           string     `json:",omitempty"`
	KnownCommands []string   `json:",omitempty"`
	Miss          bool       `json:",omitempty"`
	OutputID      []byte     `json:",omitempty"`
	Size          int64      `json:",omitempty"`
	Time          *time.Time `json:",omitempty"`
	DiskPath      string     `json:",omitempty"`
}

func main() {
	from, to := os.Args[1], os.Args[2]
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	var lock sync.Mutex
	out := json.NewEncoder(os.Stdout)
	answer := func(r response) {
		lock.Lock()
		defer lock.Unlock()
		out.Encode(r)
	}
	answer(response{KnownCommands: []string{"get", "put", "close"}})
	for {
		var asked request
		if in.Decode(&asked) != nil {
			return
		}
		var body string
		if asked.Command == "put" && asked.BodySize > 0 {
			in.Decode(&body)
		}
		switch asked.Command {
		case "get":
			go func() { answer(get(from, to, asked)) }()
		case "put":
			go func() { answer(put(to, asked, body)) }()
		case "close":
			answer(response{ID: asked.ID})
			return
		}
	}
}

func get(from, to string, asked request) response {
	action := hex.EncodeToString(asked.ActionID)
	for _, folder := range []string{to, from} {
		entry, err := os.ReadFile(filepath.Join(folder, action[:2], action+"-a"))
		if err != nil {
			continue
		}
		output := strings.Fields(string(entry))[2]
		file, err := copied(from, to, output)
		if err != nil {
			continue
		}
		data, err := os.Stat(file)
		if err != nil {
			continue
		}
		id, _ := hex.DecodeString(output)
		now := time.Now()
		return response{ID: asked.ID, OutputID: id, Size: data.Size(), Time: &now, DiskPath: file}
	}
	return response{ID: asked.ID, Miss: true}
}

// copied has an output lie in the folder to.
func copied(from, to, output string) (string, error) {
	name := filepath.Join(output[:2], output+"-d")
	file := filepath.Join(to, name)
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	bytes, err := os.ReadFile(filepath.Join(from, name))
	if err != nil {
		return "", err
	}
	return file, written(file, bytes)
}

func put(to string, asked request, body string) response {
	bytes, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, strings.NewReader(body)))
	action, output := hex.EncodeToString(asked.ActionID), hex.EncodeToString(asked.OutputID)
	file := filepath.Join(to, output[:2], output+"-d")
	if err == nil {
		err = written(file, bytes)
	}
	if err == nil {
		entry := fmt.Sprintf("v1 %s %s %20d %20d\n", action, output, len(bytes), 0)
		err = written(filepath.Join(to, action[:2], action+"-a"), []byte(entry))
	}
	if err != nil {
		return response{ID: asked.ID, Err: err.Error()}
	}
	return response{ID: asked.ID, DiskPath: file}
}

func written(file string, bytes []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	partial, err := os.CreateTemp(filepath.Dir(file), "partial")
	if err != nil {
		return err
	}
	if _, err := partial.Write(bytes); err != nil {
		return err
	}
	if err := partial.Close(); err != nil {
		return err
	}
	return os.Rename(partial.Name(), file)
}
