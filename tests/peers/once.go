// once starts the server of a bag, asks for paths of it, and ends it. It prints the milliseconds from the start to the
// first answer, and the KiB of memory beside mapped files that the server holds when it has been quiet for a while.
//
//	once BAG PATHS NUMBER QUIET
//
// PATHS is a file with a path a line, of which the first NUMBER are asked for, at least one. QUIET is a duration: 2s.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// readPaths reads the first lines of a file.
func readPaths(name string, number int) ([]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var paths []string
	for lines := bufio.NewScanner(file); len(paths) < number && lines.Scan(); {
		paths = append(paths, lines.Text())
	}
	if len(paths) == 0 {
		return nil, errors.New(name + ": no path")
	}
	return paths, nil
}

var listening = regexp.MustCompile(`http://[0-9.]+:[0-9]+`)

// addressIn waits for the line that names the address. What comes later is read and dropped.
func addressIn(said io.Reader) (string, error) {
	lines := bufio.NewReader(said)
	for {
		line, err := lines.ReadString('\n')
		if url := listening.FindString(line); url != "" {
			go io.Copy(io.Discard, lines)
			return url, nil
		}
		if err != nil {
			return "", errors.New("the server names no address")
		}
	}
}

func ask(url string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(url + ": " + answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// held is the memory of a process beside mapped files, in KiB.
func held(process int) (string, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "RssAnon:"); found {
			return strings.Fields(rest)[0], nil
		}
	}
	return "", errors.New("the kernel tells no RssAnon")
}

// measure returns the milliseconds to the first answer, and the KiB at rest.
func measure(bag string, paths []string, quiet time.Duration) (float64, string, error) {
	server := exec.Command(bag, "serve", "--listen", "127.0.0.1:0", "--log", "off")
	// Never left behind.
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said, err := server.StderrPipe()
	if err != nil {
		return 0, "", err
	}
	began := time.Now()
	if err := server.Start(); err != nil {
		return 0, "", err
	}
	defer server.Wait()
	defer server.Process.Kill()
	url, err := addressIn(said)
	if err != nil {
		return 0, "", err
	}
	if err := ask(url + paths[0]); err != nil {
		return 0, "", err
	}
	first := float64(time.Since(began).Microseconds()) / 1000
	for _, path := range paths[1:] {
		if err := ask(url + path); err != nil {
			return 0, "", err
		}
	}
	time.Sleep(quiet)
	memory, err := held(server.Process.Pid)
	return first, memory, err
}

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: once BAG PATHS NUMBER QUIET")
	}
	number, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	quiet, err := time.ParseDuration(os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	paths, err := readPaths(os.Args[2], number)
	if err != nil {
		log.Fatal(err)
	}
	// The server is ended with the thread that started it.
	runtime.LockOSThread()
	first, memory, err := measure(os.Args[1], paths, quiet)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f %s\n", first, memory)
}
