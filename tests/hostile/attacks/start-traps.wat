;; It breaks off in its start function.
;; ends: refused
(func $begin unreachable)
(start $begin)
