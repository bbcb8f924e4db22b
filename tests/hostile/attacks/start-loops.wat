;; It loops in its start function.
;; ends: refused
(func $begin (loop $again (br $again)))
(start $begin)
