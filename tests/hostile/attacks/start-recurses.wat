;; It recurses in its start function.
;; ends: refused
(func $begin (call $begin))
(start $begin)
