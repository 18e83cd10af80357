// Package child runs the dev server of an app, such as `npm run dev`, beside `lingpai dev`: it finds its address, starts it again when it
// ends, and again when packages were installed beneath it.
//
//	           starts             its port opens
//	Waiting ────────────▶ Starting ────────────▶ Ready
//	   ▲                     │                     │
//	   └──── it ends (after a pause) ──────────────┘
//
//	Installing: from any of these, when package.json, a lock file or node_modules change, until they are still. The program runs on
//	meanwhile and is asked nothing; afterwards it is started anew, if anything is different.
//
// The program runs under a guard ([Guard]), a second process of ours that holds it in a process group and ends the whole group when we are
// gone, however that came: npm starts a shell, which starts the server, which starts others.
package child
