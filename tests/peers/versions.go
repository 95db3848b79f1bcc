// versions writes made-up modules into a folder as a GOPROXY tree, the same ones each time, and prints the paths that a
// client may ask for, but for those of the zips.
//
//	versions FOLDER MODULES VERSIONS [BYTES [SEED]]
//
// Each of the MODULES has as many VERSIONS. With BYTES, each zip has a file of so many bytes of noise, which is another
// one for another SEED.
package main

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// number is an argument of the command line, or 0 where it is not given.
func number(at int) uint64 {
	if at >= len(os.Args) {
		return 0
	}
	value, err := strconv.ParseUint(os.Args[at], 10, 32)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// noise does not shrink, and depends on the seed and the version alone.
func noise(seed, module, version uint64) io.Reader {
	var key [32]byte
	for i, part := range []uint64{seed, module, version} {
		binary.LittleEndian.PutUint64(key[8*i:], part)
	}
	return rand.NewChaCha8(key)
}

func writeZip(file *os.File, root, mod string, bytes uint64, content io.Reader) error {
	archive := zip.NewWriter(file)
	entry := func(name string, content io.Reader) error {
		to, err := archive.CreateHeader(&zip.FileHeader{Name: root + name, Method: zip.Store})
		if err != nil {
			return err
		}
		_, err = io.Copy(to, content)
		return err
	}
	if err := entry("/go.mod", strings.NewReader(mod)); err != nil {
		return err
	}
	if err := entry("/made_up.go", strings.NewReader("package made_up\n")); err != nil {
		return err
	}
	if bytes > 0 {
		if err := entry("/noise", io.LimitReader(content, int64(bytes))); err != nil {
			return err
		}
	}
	return archive.Close()
}

// writeVersion writes the three files of a version, whose names begin with at.
func writeVersion(at, path, version string, bytes uint64, content io.Reader) error {
	mod := "module " + path + "\n"
	info := fmt.Sprintf("{\"Version\":%q,\"Time\":\"2020-01-01T00:00:00Z\"}", version)
	if err := os.WriteFile(at+".info", []byte(info), 0o666); err != nil {
		return err
	}
	if err := os.WriteFile(at+".mod", []byte(mod), 0o666); err != nil {
		return err
	}
	file, err := os.Create(at + ".zip")
	if err != nil {
		return err
	}
	if err := writeZip(file, path+"@"+version, mod, bytes, content); err != nil {
		return err
	}
	return file.Close()
}

func main() {
	if len(os.Args) < 4 || len(os.Args) > 6 {
		log.Fatal("usage: versions FOLDER MODULES VERSIONS [BYTES [SEED]]")
	}
	modules, versions, bytes, seed := number(2), number(3), number(4), number(5)
	paths := bufio.NewWriter(os.Stdout)
	for m := range modules {
		path := fmt.Sprintf("bench.test/m%05d", m)
		folder := filepath.Join(os.Args[1], path, "@v")
		if err := os.MkdirAll(folder, 0o777); err != nil {
			log.Fatal(err)
		}
		fmt.Fprintf(paths, "/%s/@v/list\n", path)
		for v := range versions {
			version := fmt.Sprintf("v1.%d.0", v)
			at := filepath.Join(folder, version)
			if err := writeVersion(at, path, version, bytes, noise(seed, m, v)); err != nil {
				log.Fatal(err)
			}
			fmt.Fprintf(paths, "/%s/@v/%s.info\n/%s/@v/%s.mod\n", path, version, path, version)
		}
	}
	if err := paths.Flush(); err != nil {
		log.Fatal(err)
	}
}
