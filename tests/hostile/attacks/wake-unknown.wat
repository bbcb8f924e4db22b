;; It answers with a wake-up of a kind that there is not.
;; ends: trap
(func $handle (param $in i32) (result i32)
  (i32.store (i32.const 60008) (i32.const 0))
  (i32.store (i32.const 60012) (i32.const 0))
  (i32.store8 (i32.const 60024) (i32.const 77))
  (i32.const 60000))
