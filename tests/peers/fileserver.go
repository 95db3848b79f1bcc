// fileserver serves a folder with the file server of Go's standard library and writes a line to its log for each
// request, as a small module proxy does.
//
//	fileserver ADDRESS FOLDER
package main

import (
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: fileserver ADDRESS FOLDER")
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on http://%s", listener.Addr())
	files := http.FileServer(http.Dir(os.Args[2]))
	log.Fatal(http.Serve(listener, http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		began := time.Now()
		files.ServeHTTP(answer, request)
		log.Printf("%s %s %s %s", request.RemoteAddr, request.Method, request.URL.Path, time.Since(began))
	})))
}
