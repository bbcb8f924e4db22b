;; It takes memory in its start function until there is none.
;; ends: refused
(func $begin (loop $again (br_if $again (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) unreachable)
(start $begin)
